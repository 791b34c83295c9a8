"""Whether an image fits: whether it has what the models ask for, runs on the compute shape, and starts.

What a manifest says of an image (`image.build`) is judged by the same rules, by `manifests.rules.fit`. An
image that says nothing of itself is unknown, and never refused for that.
"""

import posixpath
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.model.configuration import Container
from reconciler.core.model.images.image import OLD_NAMES, ImageFacts, ImageNeeds, Platform

GB = 1000**3
ADVISED_GB = 16
"""The largest image that is advised (docs/service.md §4.1); larger ones do run, with more storage."""

SERVER = "tritonserver"
SHELL_WITHOUT_COMMAND = "nvidia_entrypoint.sh"
"""The entry point of NVIDIA's images, which name no command for it (docs/images.md)."""

BACKENDS, AGENTS, RELEASE = "backends", "repoAgents", "triton"
"""The fields of `image.build` that say what an image holds."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What a model asks of the image in vain: `what` is a clause, `part` the field of `image.build` that
    would have it, `value` what is to stand there. `certain`: the server will not load the model.
    """

    what: str
    part: str
    value: str
    certain: bool


def missing(
    needs: Iterable[ImageNeeds],
    triton: str,
    backends: Collection[str] | None,
    repo_agents: Collection[str] | None,
) -> Iterator[Lack]:
    """All that is not among this; None, or an empty release, where that is not known."""
    held = None if backends is None else {OLD_NAMES.get(name, name) for name in backends}
    for need in needs:
        if held is not None and need.backend and need.backend not in held:
            yield Lack(f"{need.model!r} runs on {need.backend}", BACKENDS, need.backend, need.certain)
        for agent in need.agents:
            if repo_agents is not None and agent not in repo_agents:
                yield Lack(f"{need.model!r} asks for {agent}", AGENTS, agent, need.certain)
        for field, since in need.fields:
            if is_older(triton, since):
                what = f"{need.model!r} has {field}, which Triton knows from {since} on"
                yield Lack(what, RELEASE, since, need.certain)


def is_older(release: str, than: str) -> bool:
    """Whether a release came before another; of one that is not known, nothing is said."""
    numbers = _numbers(release)
    return bool(numbers) and numbers < _numbers(than)


def _numbers(release: str) -> tuple[int, ...]:
    parts = release.split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else ()


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why an image cannot serve, and what can be done."""

    reason: str
    choices: tuple[str, ...]


def unfit_for_shape(facts: ImageFacts, platform: Platform, shape: str) -> Iterator[Hindrance]:
    """An image of another architecture starts nowhere on this shape."""
    here, there = facts.platform.architecture, platform.architecture
    if here and here != there:
        reason = f"the image is for {here}, and {shape} is {there}"
        yield Hindrance(reason, (f"name an image for {there}", "choose another shape in spec.instance"))


def unfit_to_start(facts: ImageFacts, container: Container) -> Iterator[Hindrance]:
    """The container has to start something: an entry point or a command of the manifest takes the place of
    the image's (docs/service.md §4.1).
    """
    words = started(facts, container)
    if not words:
        reason = (
            "nothing would be started: neither the image nor the manifest has an entry point or a command"
        )
        yield Hindrance(reason, ("write spec.server.command",))
    elif words[0].startswith("-"):
        reason = f"{words[0]} would be started as a program: the image has no entry point"
        yield Hindrance(reason, (f"begin spec.server.command with {SERVER}",))


def started(facts: ImageFacts, container: Container) -> tuple[str, ...]:
    """What is started in the container. Another entry point than the image's leaves its command out, too."""
    if container.entrypoint:
        return container.words
    return (*facts.entrypoint, *(container.command or facts.command))


def doubts(facts: ImageFacts, container: Container) -> Iterator[str]:
    """What may go wrong, but need not."""
    if facts.size > ADVISED_GB * GB:
        yield f"the image has {facts.size / GB:.1f} GB as it is sent, and {ADVISED_GB} GB at most are advised"
    kept = facts.entrypoint if container.command and not container.entrypoint else ()
    if kept and _runs_server(kept[-1:]) and _runs_server(container.command):
        yield (
            f"the image's entry point runs {SERVER} already, so the first word of spec.server.command "
            "becomes an argument of it"
        )
    words = started(facts, container)
    if len(words) == 1 and posixpath.basename(words[0]) == SHELL_WITHOUT_COMMAND:
        yield (
            f"the image's entry point, {SHELL_WITHOUT_COMMAND}, starts a shell, which ends at once, because "
            f"it gets no command from the image or the manifest: begin spec.server.command with {SERVER}"
        )


def _runs_server(words: Sequence[str]) -> bool:
    return bool(words) and posixpath.basename(words[0]) == SERVER
