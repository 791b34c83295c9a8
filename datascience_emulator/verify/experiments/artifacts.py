"""How artifacts of models are refused."""

from datascience_emulator.verify.artifacts import Zeros, python_model
from datascience_emulator.verify.experiment import Experiment, Need
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import Told, by_status


def _second_artifact(lab: Lab) -> Told:
    ocid = lab.model("two-artifacts", python_model("first"))
    answer = lab.service.upload(f"/models/{ocid}/artifact", python_model("second"))
    return by_status("a second artifact", answer, {409: "409", 400: "400"})


def _large_upload(lab: Lab) -> Told:
    ocid = lab.model("large")
    size = lab.place.large_upload
    lab.say(f"uploading {size:,} bytes")
    answer = lab.service.upload(f"/models/{ocid}/artifact", Zeros(size, lab.stop.check))
    choices = {200: "accepted", 201: "accepted", 204: "accepted", 400: "refused", 413: "refused"}
    return by_status(f"an artifact of {size:,} bytes", answer, choices)


SECOND_ARTIFACT = Experiment(
    "second-artifact", "creates a catalog model and uploads two artifacts for it", _second_artifact
)
LARGE_UPLOAD = Experiment(
    "large-upload",
    "creates a catalog model and uploads 6 GB of zeros for it",
    _large_upload,
    need=Need.LARGE,
)
