"""Where images may come from: the service pulls them from OCI's registry. The local cloud takes any host, and
is not judged.
"""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.model.findings import Finding, Severity
from reconciler.core.planning.images.hosts import is_ocir, region_of
from reconciler.manifests.declarations.image import ManifestImage
from reconciler.manifests.schema.document_reading import DocumentReading

SOURCE = "docs/service.md §4.1"


def check_image_hosts(reading: DocumentReading, region: str) -> Iterator[Finding]:
    """What is wrong with the host of an image, for a tenancy in this region."""
    for image, table in reading.read_as(ManifestImage):
        if table.bad:
            continue
        host = image.repository.partition("/")[0]
        if not is_ocir(host):
            what = f"{table.at}.repository: {host} is not OCI's registry, which alone the service pulls from"
            advice = f"Push the image to {region}.ocir.io ({SOURCE})."
            yield table.finding(("repository",), what, advice)
        elif region_of(host) not in ("", region):
            what = f"{table.at}.repository: {host} is in another region than the target, which is in {region}"
            advice = f"Nothing says that the service pulls from there; {region}.ocir.io is safe ({SOURCE})."
            yield replace(table.finding(("repository",), what, advice), severity=Severity.WARNING)
