"""What container engines and registries say when something does not work, as errors that say what to do.

The engine hands on what a registry said as text, so it is told apart by its words: those of podman with
Debian's registry were seen, those of Docker and of OCI's registry are from their sources and documents.
Unknown words become a plain error.
"""

import re
from enum import Enum

from reconciler.adapters.docker.progress import readable
from reconciler.core.model.errors import Failed, SetupError, quoting

LONGEST_WORDS = 600


class Obstacle(Enum):
    """Why an engine could not do it."""

    CREDENTIALS = "credentials"
    NOT_ALLOWED = "not allowed"
    NO_IMAGE = "no such image"
    QUOTA = "quota"
    NO_ROOM = "no room"
    TLS = "tls"
    PASSING = "passing"
    OTHER = "other"


_WORDS = (
    (Obstacle.PASSING, r"too ?many ?requests|\b429\b"),
    (Obstacle.QUOTA, r"quota|limit\b.{0,60}\b(reached|exceeded)|limitexceeded"),
    (Obstacle.NO_ROOM, r"no space left on device|disk quota"),
    (
        Obstacle.NOT_ALLOWED,
        r"\bdenied\b|insufficient_scope|forbidden|\b403\b|name unknown|not known to registry",
    ),
    (
        Obstacle.CREDENTIALS,
        r"unauthori[sz]ed|authentication required|no basic auth|invalid username|\b401\b",
    ),
    (
        Obstacle.NO_IMAGE,
        r"manifest unknown|manifest for .* not found|no such image|image not known|does not exist",
    ),
    (Obstacle.TLS, r"x509|certificate|tls:|server gave http response to https"),
    (
        Obstacle.PASSING,
        r"time(d )?out|refused|reset by peer|broken pipe|\beof\b|no such host|temporary failure|unreachable"
        r"|\b50[0234]\b|blob upload (unknown|invalid)|internal server error|service unavailable|bad gateway",
    ),
)


def obstacle_in(words: str) -> Obstacle:
    """What the words of an engine are about."""
    found = (kind for kind, pattern in _WORDS if re.search(pattern, words, re.IGNORECASE | re.DOTALL))
    return next(found, Obstacle.OTHER)


def push_error(image: str, words: str) -> Failed:
    """The error for an image that could not be pushed."""
    host = host_of(image)
    repository = image.rpartition(":")[0].partition("/")[2]
    return _error(f"{image} is not pushed", words, _PUSHING, host, repository)


def pull_error(image: str, architecture: str, words: str) -> Failed:
    """The error for an image that an image is composed of, and that could not be pulled."""
    what = f"{image} cannot be pulled for {architecture}, and the image is composed of it"
    return _error(what, words, _PULLING, host_of(image))


def host_of(image: str) -> str:
    """The registry of an image; Docker's own where it names none."""
    first, slash, _ = image.partition("/")
    return first if slash and (set(".:") & set(first) or first == "localhost") else "docker.io"


_SIGN_IN = (
    "Sign in to {host}: docker login {host} (or podman login), with a user and password or token that are "
    "valid; an image of OCI's registry is pushed as whoever the target signs in as."
)
_ROOM = "The engine's disk is full: free some, for example with docker system prune."
_TRUST = (
    "The engine does not trust {host}: give it the registry's certificate, or see its insecure registries."
)
_LATER = "{host} does not answer, or asks to come later: try again; check its name and the network."

_CANNOT_RUN = re.compile(r"exec format error", re.IGNORECASE)
_EMULATION = (
    "The engine's machine cannot run programs for {architecture}, which the deployment's shape asks for: "
    "build where an engine is for {architecture}, or install emulation there (QEMU for binfmt_misc)."
)

_PUSHING = {
    Obstacle.CREDENTIALS: _SIGN_IN,
    Obstacle.NOT_ALLOWED: "Either there is no repository {repository} in {host}, or whoever signs in may not "
    "push to it: create it, or have a policy allow it (OCI: manage repos), and check its name: in OCI's "
    "registry it begins with the namespace of the tenancy.",
    Obstacle.QUOTA: "The registry's limit is reached: delete images that nothing uses, or have it "
    "raised (OCI: the service limits of Container Registry).",
    Obstacle.NO_ROOM: _ROOM,
    Obstacle.TLS: _TRUST,
    Obstacle.PASSING: _LATER,
    Obstacle.NO_IMAGE: "It is not in the container engine: reconcile image build first.",
}
_PULLING = {
    Obstacle.CREDENTIALS: _SIGN_IN,
    Obstacle.NOT_ALLOWED: "There is no such image, or whoever signs in may not read it: check "
    "image.build.base and image.build.full in the manifest, and docker login {host}.",
    Obstacle.NO_IMAGE: "There is no such image: check image.build.triton, base and full in the manifest.",
    Obstacle.NO_ROOM: _ROOM,
    Obstacle.TLS: _TRUST,
    Obstacle.PASSING: _LATER,
}
_OF_THIS_MACHINE = frozenset({Obstacle.CREDENTIALS, Obstacle.NO_ROOM, Obstacle.TLS})


def _error(what: str, words: str, advice: dict[Obstacle, str], host: str, repository: str = "") -> Failed:
    obstacle, said = obstacle_in(words), readable(" ".join(words.split()))
    lines = [f"{what}: {said}"]
    if obstacle in advice:
        lines.append(f"    {advice[obstacle].format(host=host, repository=repository)}")
    kind = SetupError if obstacle in _OF_THIS_MACHINE else Failed
    return quoting(kind("\n".join(lines)), said)


def build_error(step: str, last_lines: tuple[str, ...], words: str, architecture: str) -> Failed:
    """The error for a step of a build that failed, with what it said last."""
    said = readable(" ".join(words.split()))
    lines = [f"the build failed at {step or 'its beginning'}", *(f"    | {line}" for line in last_lines)]
    lines.append(f"    {said}")
    all_words = "\n".join((*last_lines, words))
    if _CANNOT_RUN.search(all_words):
        lines.append(f"    {_EMULATION.format(architecture=architecture)}")
    elif obstacle_in(all_words) is Obstacle.NO_ROOM:
        lines.append(f"    {_ROOM}")
    return quoting(Failed("\n".join(lines)), step, *last_lines, said)
