"""Rules for one table at a time that need numbers from elsewhere."""

import json
import re

from reconciler.core.model.live import MOST_TAG_BYTES, Marks, join_tags
from reconciler.core.model.spec import Prune
from reconciler.manifests.declarations.model_deployment import DeploymentName
from reconciler.manifests.declarations.settings_file import ShortName
from reconciler.manifests.rules.single_tables import BYTES_OF_MARKS


def test_whatever_validate_lets_pass_leaves_room_for_the_largest_marks() -> None:
    """Owner and name at their limits, a commit of a SHA-256 repository with changes, and a failure: they
    took more than was kept free, and the service refused them.
    """
    owner, digest = "o" * 63, "0" * 64
    assert re.fullmatch(ShortName.pattern, owner)
    assert not re.fullmatch(ShortName.pattern, f"{owner}o"), "or this is not the longest one"
    name = "n" * (DeploymentName.longest or 0)
    marks = Marks(owner, name, digest, f"{digest}-dirty", digest, True, Prune.CONFIRM, failed_why="w" * 300)
    room = MOST_TAG_BYTES - BYTES_OF_MARKS
    labels = (("label", "x" * (room - len(json.dumps({"label": ""})))),)
    assert len(json.dumps(dict(labels))) == room, "the most that validate lets pass"
    sent = [dict(join_tags(labels, marks)), {}]
    assert len(json.dumps(sent)) <= MOST_TAG_BYTES
