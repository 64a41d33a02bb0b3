"""What the operator of an installation runs by hand."""
