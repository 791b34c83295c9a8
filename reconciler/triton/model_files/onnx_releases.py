"""Which release of Triton came to load what an ONNX file has: each brings one ONNX Runtime, which refuses
newer files than its own.

Sources: build.py of the branches r23.08 to r26.08 of github.com/triton-inference-server/server for the
version of ONNX Runtime in each release; the highest versions that each of these loads were tried with its own
package (1.15.1 to 1.28.0). BF16: onnxruntime_utils.cc of the branches of onnxruntime_backend. Older versions
are taken to be known everywhere; of newer ones than these nothing is said.
"""

from collections.abc import Iterator

from reconciler.triton.model_files.onnx_file import OnnxSignature

STANDARD, CLASSIC = "", "ai.onnx.ml"

OPSETS = {
    (STANDARD, 20): "2.44.0",
    (STANDARD, 21): "2.46.0",
    (STANDARD, 22): "2.56.0",
    (STANDARD, 23): "2.60.0",
    (STANDARD, 24): "2.66.0",
    (STANDARD, 25): "2.66.0",
    (STANDARD, 26): "2.71.0",
    (CLASSIC, 4): "2.44.0",
    (CLASSIC, 5): "2.46.0",
}
"""By the domain of the operator set, and its version."""

IR_VERSIONS = {10: "2.46.0", 11: "2.60.0", 12: "2.66.0", 13: "2.66.0"}

BF16 = "2.67.0"


def newer_in(signature: OnnxSignature) -> Iterator[tuple[str, str]]:
    """What of the file not every release loads, in words, with the first release that does."""
    for opset in signature.opsets:
        if opset in OPSETS:
            yield f"version {opset[1]} of the operators {opset[0] or 'of ONNX'}", OPSETS[opset]
    if signature.ir_version in IR_VERSIONS:
        yield f"version {signature.ir_version} of ONNX's file format", IR_VERSIONS[signature.ir_version]
    if any(tensor.datatype == "BF16" for tensor in (*signature.inputs, *signature.outputs)):
        yield "BF16 tensors", BF16
