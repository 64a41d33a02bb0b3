"""Administration: users, API keys, sources and the audit log, for admins only."""
