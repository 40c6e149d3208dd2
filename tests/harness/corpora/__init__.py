"""Public corpora: circuits that others wrote or generate, made when a test asks, and what must come out of them."""
