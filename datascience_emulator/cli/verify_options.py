"""The options of the verb `verify`. Nothing of what they are for is imported here."""

import math
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

LOCAL = "local"
"""The target that is the emulator of --home."""


VERIFY = (
    "Asks a tenancy of OCI, or a local cloud, the questions that no public source answers, and reports what "
    "holds. It says what it will create and what that may cost, asks, and removes all of it in the end; what "
    "a run that was killed has left, the next one removes."
)


def add_verify_options(verb: ArgumentParser) -> None:
    _add_target(verb)
    _add_what_is_asked(verb)
    verb.add_argument("--yes", action="store_true", help="do not ask before anything is created or removed")
    verb.add_argument("--out", type=Path, metavar="FILE", help="write the report into this file")


def _add_target(verb: ArgumentParser) -> None:
    verb.add_argument(
        "--target",
        metavar="local|PROFILE",
        help="local: the emulator of --home, which has to run; else a profile of the OCI config file",
    )
    verb.add_argument(
        "--config-file", type=Path, help="the OCI config file that has the profile (default: ~/.oci/config)"
    )
    verb.add_argument("--compartment", metavar="OCID", help="where everything is created")
    verb.add_argument(
        "--project", metavar="OCID", help="a project to use (default: one is created and removed)"
    )
    verb.add_argument("--region", help="default: that of the profile")
    verb.add_argument("--endpoint", metavar="URL", help="the address of a local cloud, in the place of OCI's")


def _add_what_is_asked(verb: ArgumentParser) -> None:
    verb.add_argument(
        "--list", action="store_true", help="list the questions and what each takes; nothing is called"
    )
    verb.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="ask this question; may be repeated (default: all that need nothing more)",
    )
    verb.add_argument(
        "--image", help="an image of Triton for the deployments: for triton-headers, and then for the others"
    )
    verb.add_argument(
        "--other-compartment", metavar="OCID", help="a second compartment: for version-set-names"
    )
    verb.add_argument("--large", action="store_true", help="upload 6 GB: for large-upload")
    verb.add_argument("--shape", type=_shape, help="a flexible compute shape (default: VM.Standard.E4.Flex)")
    verb.add_argument("--price", type=_price, help="of an OCPU hour with its memory, to say what it may cost")


def _shape(text: str) -> str:
    if not text.endswith(".Flex"):
        raise ArgumentTypeError(f"{text!r} is no flexible shape, such as VM.Standard.E4.Flex")
    return text


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise ArgumentTypeError(f"{text!r} is no price")
    return price
