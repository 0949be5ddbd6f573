"""The work of the commands about signatures, loaded when one of them runs."""
