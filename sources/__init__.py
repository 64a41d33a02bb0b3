"""Where records come from: API keys, file imports, importers; and when each was last heard."""
