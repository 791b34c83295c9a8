"""Images: composed, pushed. The only place where engine, registry and the recipe come together."""
