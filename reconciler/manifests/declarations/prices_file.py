"""A table of prices, field by field. Its reader and its JSON Schema (`schemas/prices.v1.json`) are both made
from this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from reconciler.manifests.schema.notes import Between, Count, Doc, Keys, OneOf, Text

PRICES_KIND = "Prices"

Price = Between(0, 1_000_000)


@dataclass(frozen=True, slots=True)
class ManifestShapePrice:
    """What an hour of a compute shape costs. What is left out costs nothing of its own."""

    ocpu_hour: Annotated[float | None, Doc("An hour of one OCPU."), Price] = None
    gb_hour: Annotated[float | None, Doc("An hour of one GB of memory."), Price] = None
    gpu_hour: Annotated[float | None, Doc("An hour of one GPU."), Price] = None
    instance_hour: Annotated[float | None, Doc("An hour of a whole instance."), Price] = None

    ONE_OF: ClassVar = OneOf(("ocpuHour", "gbHour", "gpuHour", "instanceHour"), exactly=False)


@dataclass(frozen=True, slots=True)
class ManifestBandwidthPrice:
    """What the bandwidth of a load balancer costs."""

    mbps_hour: Annotated[float, Doc("An hour of one Mbps."), Price]


@dataclass(frozen=True, slots=True)
class PricesFile:
    """Prices of compute shapes, for the cost of plans."""

    api_version: Annotated[Literal["reconciler.oci/v1"], Doc("Version of this format.")]
    kind: Annotated[Literal["Prices"], Doc("What this document is.")]
    currency: Annotated[
        str, Doc("Currency of every price.", ("USD",)), Text(r"^[A-Z]{3}$", "a currency such as USD")
    ]
    date: Annotated[
        str,
        Doc("The day on which these were the prices.", ("2026-03-03",)),
        Text(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a day such as 2026-03-03"),
    ]
    shapes: Annotated[
        Mapping[str, ManifestShapePrice],
        Doc("The prices of each compute shape, by its name."),
        Keys(Text(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "the name of a compute shape", longest=255)),
        Count(least=1),
    ]
    bandwidth: Annotated[
        ManifestBandwidthPrice | None,
        Doc("The price of bandwidth; left out, the cost is that of instances alone."),
    ] = None
    source: Annotated[str, Doc("Where the prices are from."), Text(longest=1024)] = ""
