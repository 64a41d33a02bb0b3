"""The pages, the CSV exports and the reading API."""
