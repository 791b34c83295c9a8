"""TorchScript archives as bytes, written by hand: they are zips, and torch takes seconds to be imported."""

import io
import pickle
import zipfile
from collections.abc import Mapping

FORWARD = "  def forward(self: __torch__.Net,\n    {arguments}) -> {result}:\n    return {value}\n"


def forward(arguments: str = "x: Tensor", result: str = "Tensor", value: str = "") -> str:
    """The method as torch writes it; it gives back its first argument."""
    first = arguments.partition(":")[0].strip()
    body = arguments.replace(", ", ",\n    ")
    return FORWARD.format(arguments=body, result=result, value=value or first)


def code_of(*methods: str, name: str = "Net") -> str:
    head = f"class {name}(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
    return head + "".join(methods)


def torchscript(
    *methods: str,
    name: str = "Net",
    module: str = "__torch__",
    without: tuple[str, ...] = (),
    others: Mapping[str, bytes] | None = None,
) -> bytes:
    """A model without weights; `without` names members that are left out, and `others` are added."""
    data = f"c{module}\n{name}\n".encode() + b"q\x00)\x81}(X\x08\x00\x00\x00trainingq\x01\x88ub."
    code = code_of(*methods, name=name).replace("__torch__.Net", f"{module}.{name}")
    return archive(
        {
            name: content
            for name, content in {
                "data.pkl": b"\x80\x02" + data,
                f"code/{module.replace('.', '/')}.py": code.encode(),
                "constants.pkl": b"\x80\x02).",
                "version": b"3\n",
                **(others or {}),
            }.items()
            if name not in without
        }
    )


def state_dict() -> bytes:
    """Weights, as torch.save writes them: no code."""
    return archive({"data.pkl": pickle.dumps({}, 2), "byteorder": b"little", "version": b"3\n"})


def exported() -> bytes:
    """A program as torch.export.save writes it."""
    return archive({"archive_format": b"pt2", "models/model.json": b"{}", "version": b"0"})


def archive(members: Mapping[str, bytes], folder: str = "model/") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name, inside in members.items():
            written.writestr(zipfile.ZipInfo(folder + name), inside)
    return content.getvalue()
