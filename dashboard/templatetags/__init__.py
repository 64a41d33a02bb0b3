"""Template tags that draw what the pages compute."""
