"""The customers of the integrator and their standing."""
