"""What of NVIDIA's images is not known, or cannot be composed, so that a manifest has to name its own."""

from collections.abc import Iterator

from reconciler.core.model.findings import Finding
from reconciler.manifests.declarations.image import ManifestBuild
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.triton.images.releases import CONTAINER, OWN_IMAGES, known, own_image


def check_build(build: ManifestBuild, table: ReadTable) -> Iterator[Finding]:
    """A release that nobody knows here, and backends that NVIDIA's full image does not have."""
    if "triton" not in table.bad and not known(build.triton) and not (build.base and build.full):
        what = f"{table.at}.triton: NVIDIA's images of Triton {build.triton} are not known"
        releases = list(CONTAINER)
        advice = (
            f"Known are the releases from {releases[0]} to {releases[-1]}. For another one, name both images "
            "that it is composed of: base and full."
        )
        yield table.finding(("triton",), what, advice)
    for backend in build.backends or ():
        if backend in OWN_IMAGES and not (build.base and build.full):
            image = own_image(backend, build.triton)
            what = (
                f"{table.at}.backends: NVIDIA has {backend} in an image of its own, and not in the full one"
            )
            advice = (
                f"Push that one ({image or 'see its release notes'}) to your registry, and leave build out. "
                "Or name images to compose it of: base and full."
            )
            yield table.finding(("backends",), what, advice)
