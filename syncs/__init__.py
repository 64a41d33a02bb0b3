"""Ready-made flows between software and the consumers' activations of them."""
