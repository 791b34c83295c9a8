"""The metadata of catalog models."""

from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import CannotTell, Told, by_status, seen

_KNOWN_KEY, _UNKNOWN_KEY = "useCaseType", "verifyNoSuchKey"
_WITHOUT_ENTRY = "readme"


def _metadata_keys(lab: Lab) -> Told:
    """The same request with a documented key has to be accepted."""
    known = lab.model_answer("known-key", definedMetadataList=[_entry(_KNOWN_KEY)])
    if not known.good:
        raise CannotTell("a documented key is refused too", seen(f"the key {_KNOWN_KEY}", known))
    unknown = lab.model_answer("unknown-key", definedMetadataList=[_entry(_UNKNOWN_KEY)])
    choices = {400: "known", 200: "any", 201: "any", 202: "any"}
    return by_status("a key that no document names", unknown, choices, seen(f"the key {_KNOWN_KEY}", known))


def _entry(key: str) -> dict[str, str]:
    return {"key": key, "value": "other"}


def _metadata_entry(lab: Lab) -> Told:
    ocid = lab.model("entry")
    path = f"/models/{ocid}/definedMetadata/{_WITHOUT_ENTRY}/artifact"
    answer = lab.service.upload(path, b"A model of an experiment.\n")
    if not answer.good:
        return by_status("an artifact for a key without entry", answer, {404: "refused"})
    here = seen("an artifact for a key without entry", answer)
    entries = lab.service.call("GET", f"/models/{ocid}").document.get("definedMetadataList") or []
    if any(isinstance(one, dict) and one.get("key") == _WITHOUT_ENTRY for one in entries):
        return Told("made", (here,))
    raise CannotTell("the artifact was accepted, and the model has no entry for it", here)


def _defined_category(lab: Lab) -> Told:
    """The same entry without a category has to be accepted."""
    plain = lab.model_answer("no-category", definedMetadataList=[_entry(_KNOWN_KEY)])
    if not plain.good:
        raise CannotTell("an entry without a category is refused too", seen("no category", plain))
    entry = {**_entry(_KNOWN_KEY), "category": "category"}
    answer = lab.model_answer("category", definedMetadataList=[entry])
    choices = {400: "none", 200: "any", 201: "any", 202: "any"}
    return by_status("an entry with a category", answer, choices, seen("no category", plain))


METADATA_KEYS = Experiment(
    "metadata-keys",
    "creates two catalog models, with a known and an unknown key in their defined metadata",
    _metadata_keys,
)
METADATA_ENTRY = Experiment(
    "metadata-entry",
    "creates a catalog model and uploads an artifact of metadata that it has no entry for",
    _metadata_entry,
)
DEFINED_CATEGORY = Experiment(
    "defined-category",
    "creates two catalog models, with and without a category in their defined metadata",
    _defined_category,
)
