"""Rules on the source of Python models, which the stub of the python backend imports (python_backend r24.10,
src/pb_stub.cc).
"""

import posixpath
from collections.abc import Iterator

from reconciler.core.model.findings import Severity
from reconciler.core.model.text import LONGEST_WORD_SHOWN, cut
from reconciler.triton.backends import PYTHON
from reconciler.triton.model_files.python_source import python_problems
from reconciler.triton.repository_model import RepositoryModel
from reconciler.triton.rules.reading.model_files import model_files, read
from reconciler.triton.rules.rule import Fault, Repository, Rule


def _source(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for _number, path in model_files(model, PYTHON):
        for problem in read(model, path, python_problems) or ():
            severity = Severity.ERROR if problem.certain else Severity.WARNING
            yield Fault(problem.what, problem.advice, path=path, line=problem.line, severity=severity)


def _file_name(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """It is imported as a module of the package that the version's folder is."""
    name = model.settings.model_file
    if model.backend != PYTHON or not name or posixpath.normpath(name).startswith(".."):
        return
    shown = cut(name, LONGEST_WORD_SHOWN)
    if "." in posixpath.basename(name).removesuffix(".py"):
        what = f"the model file {shown!r} cannot be imported: what is before a dot would be a package"
        yield Fault(what, "Give it a name with one dot alone.", ("default_model_filename",))


_SOURCE = "python_backend, pb_stub.cc, "
RULES = (
    Rule("python-source", _SOURCE + "Stub::Initialize, Stub::AutoCompleteModelConfig", _source),
    Rule("python-file-name", _SOURCE + "ModelContext::StubSetup", _file_name),
)
