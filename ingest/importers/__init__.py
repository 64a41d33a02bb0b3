"""Importers: thin doors that read a platform and hand records to the pipeline, one package a platform."""
