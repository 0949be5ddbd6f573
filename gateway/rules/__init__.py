"""Business rules over the canonical entry, by authority."""
