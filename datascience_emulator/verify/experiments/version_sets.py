"""Where the name of a model version set has to be unique."""

from datascience_emulator.verify.experiment import Experiment, Need
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import CannotTell, Told, by_status, seen

_PATH = "/modelVersionSets"


def _version_set_names(lab: Lab) -> Told:
    """In its own compartment the name has to be refused; else it is unique nowhere."""
    first = lab.create(_PATH, "set", {"projectId": lab.project()})
    lab.found(_PATH, "a model version set", first)
    again = lab.create(_PATH, "set", {"projectId": lab.project()})
    if again.good:
        raise CannotTell("the name was taken twice in one compartment", seen("the same compartment", again))
    other = lab.create(_PATH, "set", {"projectId": lab.project()}, lab.place.other_compartment)
    choices = {again.status: "tenancy", 200: "compartment", 201: "compartment", 202: "compartment"}
    return by_status("another compartment", other, choices, seen("the same compartment", again))


VERSION_SET_NAMES = Experiment(
    "version-set-names",
    "creates model version sets of one name in two compartments",
    _version_set_names,
    need=Need.OTHER_COMPARTMENT,
)
