"""How single values are written in our YAML files: paths, OCIDs, durations, tags. The declarations use them;
rules about several values are in `rules`.
"""

from typing import Annotated

from reconciler.manifests.schema.notes import Text
from reconciler.triton.files.portable_names import LONGEST_MODEL_NAME, MODEL_NAME

LARGEST_INTEGER = 2**31 - 1
"""Whole numbers of the API have 32 bits."""

FullText = Text(r"^[^\x00]*\S[^\x00]*$", "text that is not empty")
PathText = Annotated[str, Text(r"^[^\n]+$", "a path", longest=1024)]
Ocid = Annotated[str, Text(r"^ocid1\.[a-z0-9]+\.[a-zA-Z0-9._-]+$", "an OCID (ocid1.…)", longest=255)]


def _ocid(kind: str, what: str) -> Text:
    pattern = rf"^ocid1\.{kind}\.[a-z0-9]+\.[a-z0-9-]*\.[A-Za-z0-9_.-]+$"
    return Text(pattern, f"the OCID of {what} (ocid1.{kind}.…)", longest=255)


LogOcid = Annotated[str, _ocid("log", "a log")]
LogGroupOcid = Annotated[str, _ocid("loggroup", "a log group")]
SubnetOcid = Annotated[str, _ocid("subnet", "a subnet")]
DeploymentOcid = Annotated[str, _ocid("datasciencemodeldeployment", "a model deployment")]
ReservationOcid = Annotated[str, _ocid("capacityreservation", "a capacity reservation")]

ModelName = Text(
    f"^{MODEL_NAME}$", "a model name: letters, digits, '.', '_' and '-'", longest=LONGEST_MODEL_NAME
)

TagKey = Text(r"^[!-\-/-~]{1,100}$", "1 to 100 printable ASCII characters without '.' and space")
"""Keys and namespaces of tags (docs/service.md §8)."""

TagValue = Annotated[str, Text(longest=256, why="See OCI documentation: Limits on Tags.")]

Duration = Text(r"^[1-9][0-9]{0,5}[smh]$", "a duration such as 90s, 10m or 1h")
Latency = Text(r"^[1-9][0-9]{0,5}(ms|s)$", "a time such as 500ms or 2s")

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def seconds(duration: str) -> int:
    """`90s`, `10m` or `1h` in seconds."""
    return milliseconds(duration) // 1000


def milliseconds(time: str) -> int:
    """`500ms` or `2s` in milliseconds."""
    number = time.rstrip("msh")
    return int(number) * _MILLISECONDS[time.removeprefix(number)]
