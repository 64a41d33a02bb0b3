"""The reading API, one module an address, and its page for people."""
