"""What a TorchScript file takes, from its own source text: the arguments of `forward`.

A TorchScript archive is a zip with Python-like code (PyTorch, torch/csrc/jit/docs/serialization.md). The code
is read as text, and so is the name of its class, which stands in a pickle: nothing is unpickled, compiled or
run.
"""

import ast
import pickletools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.triton.files.local_files import LocalFiles
from reconciler.triton.model_files.kinds import EMPTY, LOOKED_AT, PICKLE, ZIP, kind_of
from reconciler.triton.model_files.port_reader import reader_of
from reconciler.triton.model_files.python_source import parsed
from reconciler.triton.model_files.remembered import once_for_each_file
from reconciler.triton.model_files.wire_format import Broken, NotReadable
from reconciler.triton.model_files.zip_members import ZipMembers

MOBILE = b"PTMF"
"""In the format of mobile devices, which is not read here, at the fifth byte."""

LONGEST_CODE = 1 << 20
"""Bytes of source that are read for the head of one method."""

LONGEST_HEAD = 1 << 15

SAVED, EXPORTED = "a file of torch.save", "a program of torch.export"
_CLASS = re.compile(r"[A-Za-z_][\w.]* [A-Za-z_]\w*")
_FOUR_KILOBYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of `forward`; `kind` is the outermost word of its type: `Tensor`, `List`, `Dict` or
    another.
    """

    name: str
    kind: str
    written: str = ""


@dataclass(frozen=True, slots=True)
class TorchFile:
    """`broken` says why it is no TorchScript, and `kind` what it is instead, where that can be told.
    `forward` are the arguments; None where nobody can tell. `callable` is False where there is no `forward`
    for sure.
    """

    broken: str = ""
    kind: str = ""
    forward: tuple[Argument, ...] | None = None
    callable: bool = True


@once_for_each_file
def torch_file(files: LocalFiles, path: str) -> TorchFile:
    """Raises OSError as the port does."""
    read_at, size = reader_of(files, path)
    beginning = read_at(0, min(LOOKED_AT, size))
    kind = kind_of(beginning)
    if kind == EMPTY:
        return TorchFile("it is empty", EMPTY)
    if beginning[4:8] == MOBILE:
        return TorchFile()
    try:
        members = ZipMembers(read_at, size)
    except Broken as broken:
        return TorchFile(str(broken), {PICKLE: SAVED, ZIP: ""}.get(kind, kind))
    except NotReadable:
        return TorchFile()
    return _archive(members)


def _archive(members: ZipMembers) -> TorchFile:
    """Everything is in one folder, which may have any name (caffe2/serialize/inline_container.cc)."""
    folder, slash, _ = members.names[0].partition("/") if members.names else ("", "", "")
    inside = {name.removeprefix(f"{folder}/") for name in members.names}
    if not slash:
        return TorchFile("its members are in no folder", "")
    if "model.json" in inside:  # of the first releases
        return TorchFile()
    for needed in ("constants.pkl", "data.pkl"):
        if needed not in inside:
            return TorchFile(f"{needed} is not in it", _other_archive(inside))
    try:
        return _with_code(members, folder, inside)
    except NotReadable:
        return TorchFile()


def _other_archive(inside: set[str]) -> str:
    if "data.pkl" in inside:
        return SAVED
    exported = {"archive_format", "serialized_exported_program.json"}
    return EXPORTED if inside & exported else ""


def _with_code(members: ZipMembers, folder: str, inside: set[str]) -> TorchFile:
    module, name = _top_class(members.beginning(f"{folder}/data.pkl", _FOUR_KILOBYTES))
    source = f"code/{module.replace('.', '/')}.py"
    if source not in inside:
        return TorchFile(f"its code, {source}, is not in it")
    code = members.beginning(f"{folder}/{source}", LONGEST_CODE + 1)
    if len(code) > LONGEST_CODE:
        raise NotReadable("its code is too long")
    body = _body_of(code.decode(errors="replace"), name)
    start = body.find("  def forward(")
    if start < 0:
        return TorchFile(callable=False)
    return TorchFile(forward=tuple(_arguments(body[start : start + LONGEST_HEAD]))[1:])


def _top_class(pickled: bytes) -> tuple[str, str]:
    """Module and name of the first class that a pickle names: the one of the whole model. Only the codes are
    looked at.
    """
    try:
        for code, told, _ in pickletools.genops(pickled):
            if code.name == "GLOBAL" and isinstance(told, str) and _CLASS.fullmatch(told):
                module, _, name = told.partition(" ")
                return module, name
    except (ValueError, LookupError, OverflowError, MemoryError) as error:
        raise NotReadable("its data cannot be read") from error
    raise NotReadable("its data names no class")


def _body_of(code: str, name: str) -> str:
    """The text of a class, up to the next thing that is not inside it."""
    start = re.search(rf"^class {re.escape(name)}\(Module\):\n", code, re.M)
    if not start:
        raise NotReadable("its class is not in its code")
    end = re.compile(r"^(?=[^ \n])", re.M).search(code, start.end())
    return code[start.end() : end.start() if end else len(code)]


def _arguments(text: str) -> Iterator[Argument]:
    """Of the method that a text begins with."""
    head = re.match(r" *(def forward\(.*?\) -> [^\n]*:)\n", text, re.S)
    if not head:
        raise NotReadable("the head of forward is not as it is written by PyTorch")
    try:
        (method,) = parsed(f"{head[1]} pass").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotReadable("the head of forward cannot be read") from error
    if not isinstance(method, ast.FunctionDef) or method.args.vararg or method.args.kwarg:
        raise NotReadable("the head of forward is none of PyTorch")
    for argument in (*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs):
        written = argument.annotation
        outer = written.value if isinstance(written, ast.Subscript) else written
        kind = outer.id if isinstance(outer, ast.Name) else ""
        yield Argument(argument.arg, kind, ast.unparse(written) if written else "")
