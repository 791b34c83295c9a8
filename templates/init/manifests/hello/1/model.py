"""A model for Triton's Python backend: the tensor `name` in, the tensor `greeting` out."""

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """Triton makes one for each instance."""

    def execute(self, requests):
        """One response for each request."""
        return [self.greet(request) for request in requests]

    def greet(self, request):
        """Texts arrive as bytes."""
        name = pb_utils.get_input_tensor_by_name(request, "name").as_numpy()[0].decode()
        greeting = np.array([f"Hello, {name}!".encode()], dtype=object)
        return pb_utils.InferenceResponse([pb_utils.Tensor("greeting", greeting)])
