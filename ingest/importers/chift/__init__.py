"""The importer of Chift accounts (docs/feeds/chift.md)."""
