"""What `validate` says of a case, beside what the server said."""

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.model.findings import Finding, Location, has_errors
from reconciler.triton.repository_folder import layout_of_folder
from tests.corpus.case import Case, Verdict

DELIBERATE = Path(__file__).parent / "disagreements.toml"


@dataclass(frozen=True)
class Judged:
    """`served` is empty where it is refused."""

    findings: tuple[Finding, ...]
    served: tuple[tuple[str, int], ...]

    @property
    def accepted(self) -> bool:
        return not has_errors(self.findings)


def judged(case: Case) -> Judged:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "models"
        case.write(root)
        layout, findings = layout_of_folder(root, Location("manifest.yaml", 1, 1))
        served = tuple(sorted(layout.versions)) if layout else ()
        return Judged(tuple(findings), served)


def disagreements(case: Case, verdict: Verdict, ours: Judged) -> str:
    """How the two differ; empty where they agree."""
    if verdict.accepted and not ours.accepted:
        return f"refused, though the server loads it: {ours.findings[0].what}"
    if ours.accepted and not verdict.accepted:
        return f"accepted, though the server refuses it: {verdict.reason}"
    if verdict.accepted and verdict.served != ours.served:
        return f"serves {list(verdict.served)}, and not {list(ours.served)}"
    return ""


def deliberate() -> dict[str, str]:
    """The cases in which the two may differ, with the reason."""
    table: dict[str, str] = tomllib.loads(DELIBERATE.read_text())
    return table
