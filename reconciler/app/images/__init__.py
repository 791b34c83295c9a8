"""Container images, as the use cases look at them."""
