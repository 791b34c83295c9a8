"""What `adopt` has written, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Adopted:
    """The manifest of a deployment that existed already, and the folder of its models if they were
    downloaded, by their paths from the root. `variables` are to be set where plans are made; `left_out` are
    files of the artifact that Triton does not look at.
    """

    name: str
    ocid: str
    manifest: str
    models: str = ""
    variables: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
