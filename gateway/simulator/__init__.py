"""A small ACE, as pure functions; its socket is in the shell."""
