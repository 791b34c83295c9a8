"""plan --compare: reads the plans that were reviewed, and puts the new one beside them.

They come from artifacts of CI, so anybody may have written them: they are read like saved plans, and never
applied.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
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
    return compare_with_reviewed(plan, [_reviewed(path, redaction) for path in _files(places)])


def _files(places: Iterable[Path]) -> Sequence[Path]:
    found = list(dict.fromkeys(file for place in places for file in _files_of(place)))
    if len(found) > MOST:
        raise Failed(
            f"--compare: {len(found):,} reviewed plans, and {MOST:,} at most are compared: apply sooner"
        )
    return found


def _files_of(place: Path) -> Iterator[Path]:
    """A link inside of a folder is left out: it may lead anywhere."""
    if not place.is_dir():
        yield place
        return
    for folder, folders, names in os.walk(place, onerror=_unreadable):
        folders.sort()
        path = Path(folder, PLAN_FILE)
        if PLAN_FILE in names and not path.is_symlink():
            yield path


def _unreadable(error: OSError) -> None:
    raise Failed(
        f"--compare {error.filename}: {error.strerror}: it cannot be known what was reviewed"
    ) from error


def _reviewed(path: Path, redaction: Redaction) -> ReviewedPlan:
    """The plan in a file. Secrets are not looked up for it: they are compared by their references."""
    try:
        plan = read_plan(plan_files.read(path), lambda secret: secret)
    except ReconcilerError as error:
        why = str(error).removeprefix(f"{path}: ")
        return ReviewedPlan(str(path), None, redaction.text(why))
    return ReviewedPlan(str(path), redaction.plan_as_shown(plan))
