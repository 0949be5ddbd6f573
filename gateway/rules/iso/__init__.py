"""Rules of ISO standards: countries, currencies, containers, legal entities."""
