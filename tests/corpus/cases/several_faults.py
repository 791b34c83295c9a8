"""Models with many warnings, and an error behind them."""

from tests.corpus.case import one_model
from tests.corpus.cases.backend_fields import ONNX

OTHERS = {f"{number}-old/model.onnx": ONNX for number in range(1000, 1120)}

CASES = (
    one_model("several_folders_of_which_the_last_is_taken", None, {**OTHERS, "1/model.onnx": ONNX}),
    one_model("several_folders_of_which_none_is_taken", None, {**OTHERS, "2000/model.onnx": ONNX}),
)
