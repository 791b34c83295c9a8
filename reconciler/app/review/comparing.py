"""plan --compare: reads the plans that were reviewed, and puts the new one beside them.

They come from artifacts of CI, so anybody may have written them: they are read like saved plans, and never
applied.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from reconciler.app.privacy.redaction import Redaction
from reconciler.app.saved_plans import plan_files
from reconciler.core.model.errors import Failed, ReconcilerError
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.review.compared import Comparison, ReviewedPlan, compare_with_reviewed
from reconciler.report.plan.json import read_plan

PLAN_FILE = "plan.json"
MOST = 1000
"""The most reviewed plans: more than anybody merges between two applies."""


def compare_with_files(plan: Plan, places: Iterable[Path], redaction: Redaction) -> Comparison:
    """The plan beside the reviewed ones in these files, and in every plan.json below these folders. Raises
    Failed for a folder that cannot be read.
    """
    found = _files(places).items()
    return compare_with_reviewed(plan, [_reviewed(path, name, redaction) for path, name in found])


def _files(places: Iterable[Path]) -> Mapping[Path, str]:
    """The files, each with the name that people read: in a folder, from that folder on."""
    found: dict[Path, str] = {}
    for path, name in chain.from_iterable(map(_files_of, places)):
        found.setdefault(path, name)
    if len(found) > MOST:
        raise Failed(
            f"--compare: {len(found):,} reviewed plans, and {MOST:,} at most are compared: apply sooner"
        )
    return found


def _files_of(place: Path) -> Iterator[tuple[Path, str]]:
    """A link inside of a folder is left out: it may lead anywhere."""
    if not place.is_dir():
        yield place, str(place)
        return
    for folder, folders, names in os.walk(place, onerror=_unreadable):
        folders.sort()
        path = Path(folder, PLAN_FILE)
        if PLAN_FILE in names and not path.is_symlink():
            yield path, str(place.name / path.relative_to(place))


def _unreadable(error: OSError) -> None:
    raise Failed(
        f"--compare {error.filename}: {error.strerror}: it cannot be known what was reviewed"
    ) from error


def _reviewed(path: Path, name: str, redaction: Redaction) -> ReviewedPlan:
    """The plan in a file. Secrets are not looked up for it: they are compared by their references."""
    try:
        plan = read_plan(plan_files.read(path), lambda secret: secret)
    except ReconcilerError as error:
        why = str(error).removeprefix(f"{path}: ")
        return ReviewedPlan(name, None, redaction.text(why))
    return ReviewedPlan(name, redaction.plan_as_shown(plan))
