"""What a model file says of its inputs and outputs, read without the framework that made it."""
