"""`--changed-since` finds what planning everything at both times, and comparing, would find: over random
histories, before and after each commit is made.
"""

import os
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from reconciler.app.changed.since import affected_since
from reconciler.app.validating import checked_manifests
from reconciler.app.workspace import workspace_at
from reconciler.core.model.artifact import Artifact, LocalFile
from reconciler.core.model.proof.probes import Probe
from reconciler.core.model.spec import Spec
from reconciler.manifests.spec_draft import specs_of
from tests.support.examples import examples
from tests.support.histories import History
from tests.support.repositories import commit, git

COMMITS = 10
Everything = tuple[str, dict[str, Hashable]]


def everything(root: Path) -> Everything:
    """The owner, and what each manifest asks for, with all files read."""
    workspace, target = workspace_at(root, "local", {})
    specs = specs_of(checked_manifests(workspace, target, ()).drafts, None, lambda done, total: None)
    return workspace.settings.owner, {spec.name: asked(spec) for spec in specs}


def asked(spec: Spec) -> Hashable:
    """The spec without paths, and places in files."""
    rollout = replace(spec.rollout, probes=())
    probes = tuple(_probe(probe) for probe in spec.rollout.probes)
    parts = (spec.configuration, rollout, probes, spec.policy, spec.active, spec.renamed_from, spec.image)
    return repr((*parts, spec.served, spec.adopt, spec.given, _content(spec.artifact)))


def _probe(probe: Probe) -> Hashable:
    return replace(probe, input=probe.input.sha256, expect=probe.expect and probe.expect.sha256)  # type: ignore[arg-type]  # files by digest


def _content(artifact: Artifact) -> Hashable:
    return tuple(
        (entry.path, entry.sha256, None if isinstance(entry.source, LocalFile) else entry.source)
        for entry in artifact.entries
    )


def expected(before: Everything, now: Everything) -> set[str] | None:
    """None: everything."""
    if before[0] != now[0]:
        return None
    then, specs = before[1], now[1]
    return {name for name in then.keys() | specs.keys() if then.get(name) != specs.get(name)}


def found(root: Path, revision: str) -> set[str] | None:
    workspace, target = workspace_at(root, "local", {})
    affected = affected_since(workspace, target, revision, (), checked_manifests(workspace, target, ()))
    assert affected.incomparable == ()
    return None if affected.names is None else set(affected.names)


@pytest.mark.rounds
def test_it_finds_what_planning_everything_twice_finds(tmp_path: Path) -> None:
    seed = int(os.environ.get("HISTORY_SEED", "0")) or Random().randrange(1, 10**9)
    history = History(tmp_path / "in a folder", Random(seed))
    history.root.mkdir()
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text(".reconciler/\n")
    history.begin()
    commits = [(commit(tmp_path), everything(history.root))]
    for number in range(examples(COMMITS)):
        done = history.step()
        now, (last, before) = everything(history.root), commits[-1]
        told = f"HISTORY_SEED={seed}, step {number}: {done}"
        assert found(history.root, last) == expected(before, now), f"{told}, not committed yet"
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", done)
        earlier, then = history.random.choice(commits)
        assert found(history.root, earlier) == expected(then, now), f"{told}, since {earlier}"
        commits.append((git(tmp_path, "rev-parse", "HEAD"), now))
