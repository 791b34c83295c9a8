"""The framework in which YAML files are declared: shapes, reader, JSON Schema, messages."""
