"""Hosts of images are judged for tenancies, and for these alone."""

from pathlib import Path

import pytest

from reconciler.core.model.errors import InvalidManifests
from reconciler.core.model.findings import Finding, Severity
from reconciler.core.planning.images.hosts import is_ocir, region_of
from reconciler.manifests.loading import load_manifests
from tests.support.manifests import write
from tests.support.model_contents import PYTHON

MANIFEST = """apiVersion: reconciler.oci/v1
kind: ModelDeployment
metadata: {name: hello}
spec:
  image: {repository: HOST/acme/triton, tag: 1.0.0}
  models: [{name: m, backend: python, versions: {"1": model.py}}]
  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}
"""


def found(root: Path, host: str, region: str) -> tuple[Finding, ...]:
    write(root, MANIFEST.replace("HOST", host))
    write(root, PYTHON, "manifests/model.py")
    try:
        return load_manifests([], root, {}, None, region).notices
    except InvalidManifests as error:
        return error.findings


@pytest.mark.parametrize("host", ["iad.ocir.io", "us-ashburn-1.ocir.io"])
def test_a_host_in_the_region_of_the_target(root: Path, host: str) -> None:
    assert found(root, host, "us-ashburn-1") == ()


def test_a_host_that_is_not_oci(root: Path) -> None:
    (finding,) = found(root, "nvcr.io", "us-ashburn-1")
    assert finding.severity is Severity.ERROR
    assert finding.what == (
        "spec.image.repository: nvcr.io is not OCI's registry, which alone the service pulls from"
    )
    assert (finding.where.line, finding.where.column) == (5, 23)
    assert found(root, "nvcr.io", "") == (), "the local cloud takes any"
    assert found(root, "iad.ocir.io.example.com", "us-ashburn-1")[0].severity is Severity.ERROR


def test_a_host_in_another_region_is_a_warning(root: Path) -> None:
    (finding,) = found(root, "phx.ocir.io", "us-ashburn-1")
    assert finding.severity is Severity.WARNING
    assert "in another region than the target, which is in us-ashburn-1" in finding.what
    assert found(root, "zzz.ocir.io", "us-ashburn-1") == (), "a key that is not known"


@pytest.mark.parametrize(
    ("host", "ours", "region"),
    [
        ("fra.ocir.io", True, "eu-frankfurt-1"),
        ("eu-frankfurt-1.ocir.io", True, "eu-frankfurt-1"),
        ("ocir.eu-frankfurt-1.oci.oraclecloud.com", True, "eu-frankfurt-1"),
        ("ocir.us-langley-1.oci.oraclegovcloud.com", True, "us-langley-1"),
        ("new.ocir.io", True, ""),
        ("ocir.io", False, ""),
        ("fra.ocir.io:443", False, ""),
        ("docker.io", False, ""),
    ],
)
def test_hosts(host: str, ours: bool, region: str) -> None:
    assert (is_ocir(host), region_of(host)) == (ours, region)
