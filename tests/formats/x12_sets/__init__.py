"""The X12 sets beyond the ocean 309: tables, profiles, fixtures, mappings."""
