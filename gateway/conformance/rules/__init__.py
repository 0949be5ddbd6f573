"""Cases about entries: what business rules find, and what they take."""
