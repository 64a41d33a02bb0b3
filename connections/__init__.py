"""Unified APIs, connectors and connections; their status and its history; events and rollups."""
