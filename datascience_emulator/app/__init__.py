"""The whole emulator as one ASGI app: its settings, the table of all services, and how each call runs."""
