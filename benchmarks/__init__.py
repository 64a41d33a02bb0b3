"""Benchmarks: every figure is a ratio to a denominator measured in turn with it, in the same run."""
