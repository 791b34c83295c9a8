"""How single values may be written."""

import re
from typing import get_args

import pytest

from reconciler.manifests.schema import formats

KINDS = {
    "log": formats.LogOcid,
    "loggroup": formats.LogGroupOcid,
    "subnet": formats.SubnetOcid,
    "datasciencemodeldeployment": formats.DeploymentOcid,
    "capacityreservation": formats.ReservationOcid,
    "anything": formats.Ocid,
}


@pytest.mark.parametrize("region", ["iad", "phx", "eu-frankfurt-1", "uk-london-1", ""])
@pytest.mark.parametrize("kind", KINDS)
def test_ocids_have_the_key_of_a_region_or_its_name(kind: str, region: str) -> None:
    """Both are recorded in oracle-samples/oci-data-science-ai-samples (docs/service.md §5.5)."""
    _, text = get_args(KINDS[kind])
    assert re.search(text.pattern, f"ocid1.{kind}.oc1.{region}.amaaaaaanif7xwiaq3fm")
    assert not re.search(text.pattern, f"ocid1.{kind}")
