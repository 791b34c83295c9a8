"""Between HTTP and calls: signatures, tokens, retry tokens, pages. No rule of a resource."""
