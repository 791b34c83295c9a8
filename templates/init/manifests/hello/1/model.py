"""A model for Triton's Python backend: the tensor `name` in, the tensor `greeting` out."""

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """Triton makes one for each instance."""

    def execute(self, requests: list) -> list:
        """One response for each request; texts are bytes."""
        responses = []
        for request in requests:
            name = pb_utils.get_input_tensor_by_name(request, "name").as_numpy()[0].decode()
            greeting = np.array([f"Hello, {name}!".encode()], dtype=object)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("greeting", greeting)]))
        return responses
