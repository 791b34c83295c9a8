"""Between HTTP and the services: signatures, tokens, bodies, retry tokens, records. No rule of a resource."""
