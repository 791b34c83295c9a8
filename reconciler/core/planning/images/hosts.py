"""Hosts of OCI's registry, and which region each is in. Nothing here asks anybody."""

import re

_OCIR = re.compile(
    r"(?P<key>[a-z0-9-]+)\.ocir\.io"
    r"|ocir\.(?P<region>[a-z0-9-]+)\.oci\.(oraclecloud[0-9]*\.com|oraclecloud\.eu|oraclegovcloud\.(com|uk))"
)
"""OCI's registry: `<region>.ocir.io`, and the addresses of the API (SDK, `container_registry`), in the
domains of the SDK's REALMS. Nobody but Oracle has names in them.
"""

_REGION_OF = {
    "ams": "eu-amsterdam-1", "arn": "eu-stockholm-1", "auh": "me-abudhabi-1", "bog": "sa-bogota-1",
    "bom": "ap-mumbai-1", "cdg": "eu-paris-1", "cwl": "uk-cardiff-1", "dxb": "me-dubai-1",
    "fra": "eu-frankfurt-1", "gru": "sa-saopaulo-1", "hyd": "ap-hyderabad-1", "iad": "us-ashburn-1",
    "icn": "ap-seoul-1", "jed": "me-jeddah-1", "jnb": "af-johannesburg-1", "kix": "ap-osaka-1",
    "lhr": "uk-london-1", "lin": "eu-milan-1", "mad": "eu-madrid-1", "mel": "ap-melbourne-1",
    "mrs": "eu-marseille-1", "mtz": "il-jerusalem-1", "mty": "mx-monterrey-1", "nrt": "ap-tokyo-1",
    "ord": "us-chicago-1", "phx": "us-phoenix-1", "qro": "mx-queretaro-1", "ruh": "me-riyadh-1",
    "scl": "sa-santiago-1", "sin": "ap-singapore-1", "sjc": "us-sanjose-1", "syd": "ap-sydney-1",
    "vap": "sa-valparaiso-1", "vcp": "sa-vinhedo-1", "xsp": "ap-singapore-2", "yny": "ap-chuncheon-1",
    "yul": "ca-montreal-1", "yyz": "ca-toronto-1", "zrh": "eu-zurich-1",
}  # fmt: skip
"""Regions of the commercial realm by their keys (SDK, `regions.REGIONS_SHORT_NAMES`)."""

_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def is_ocir(host: str) -> bool:
    """Whether this is the host of OCI's registry in some region."""
    return _OCIR.fullmatch(host) is not None


def region_of(host: str) -> str:
    """The region of a host of OCI's registry; empty where it is not known."""
    match = _OCIR.fullmatch(host)
    name = (match["key"] or match["region"]) if match else ""
    return _REGION_OF.get(name, name if _REGION.fullmatch(name) else "")
