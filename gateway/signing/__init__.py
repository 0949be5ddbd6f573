"""Sign and verify; key sets. Keys and times are arguments."""
