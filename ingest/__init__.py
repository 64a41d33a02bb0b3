"""The one way in for records: parsing, the pipeline and its doors."""
