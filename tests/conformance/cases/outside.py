"""What the cases need of other services and do not make: names, and what stands for them on the emulator.

On real OCI each is read from OCI_CONFORMANCE_<NAME>, and only when a case asks for it. The image has to
answer GET /health and POST /predict on port 8080; the capacity reservation has to be one of
VM.Standard.E4.Flex.
"""

import os
from collections.abc import Mapping

REAL = ("OCI_CONFORMANCE_PROFILE", "OCI_CONFORMANCE_COMPARTMENT", "OCI_CONFORMANCE_OTHER_COMPARTMENT")
"""What has to be set for real OCI to be among the clouds."""

MADE_UP: Mapping[str, str] = {
    "subnet": "ocid1.subnet.oc1.iad.conformance",
    "network_security_group": "ocid1.networksecuritygroup.oc1.iad.conformance",
    "capacity_reservation": "ocid1.capacityreservation.oc1.iad.conformance",
    "image": "iad.ocir.io/acme/server:1.0.0",
    "image_digest": f"sha256:{'0123456789abcdef' * 4}",
    "image_signature": "ocid1.containerimagesignature.oc1.iad.conformance",
    "log_group": "ocid1.loggroup.oc1.iad.conformance",
    "access_log": "ocid1.log.oc1.iad.access",
    "predict_log": "ocid1.log.oc1.iad.predict",
    "key": "ocid1.key.oc1.iad.conformance",
    "key_version": "ocid1.keyversion.oc1.iad.conformance",
    "backup_region": "us-phoenix-1",
}


class FromEnvironment(dict[str, str]):
    def __missing__(self, name: str) -> str:
        variable = f"OCI_CONFORMANCE_{name.upper()}"
        if variable not in os.environ:
            raise AssertionError(f"{variable}: not set; this case needs it")
        return os.environ[variable]
