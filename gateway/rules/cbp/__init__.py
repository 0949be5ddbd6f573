"""Rules of US Customs and Border Protection."""
