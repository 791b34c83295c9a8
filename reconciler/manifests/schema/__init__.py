"""The framework for declaring YAML files: forms, reader, JSON Schema, messages."""
