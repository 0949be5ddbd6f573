"""Customs gateway: any customs format in, one canonical entry, signed answers out."""
