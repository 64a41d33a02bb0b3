"""The people who use connmon: users and roles, sign-in, preferences, the audit log."""
