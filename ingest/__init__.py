"""The one way in: records are read, judged and applied here."""
