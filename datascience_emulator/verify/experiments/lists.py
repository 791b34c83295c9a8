"""What lists answer. Nothing is created."""

import secrets

from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.lab import Lab
from datascience_emulator.verify.values import CannotTell, Told, by_status, seen


def _list_filters(lab: Lab) -> Told:
    """The same list with one filter has to be accepted."""
    query = {"compartmentId": lab.place.compartment, "lifecycleState": "ACTIVE"}
    alone = lab.service.call("GET", "/modelDeployments", query=query)
    if not alone.good:
        raise CannotTell("a list with one filter is refused too", seen("one filter", alone))
    query["displayName"] = lab.marker.name("none")
    both = lab.service.call("GET", "/modelDeployments", query=query)
    return by_status("two filters", both, {200: "many", 400: "one"}, seen("one filter", alone))


def _unknown_compartment(lab: Lab) -> Told:
    """A list alone: what a create might leave in a compartment that does not exist could not be removed."""
    nowhere = f"ocid1.compartment.{lab.place.realm}..aaaaaaaa{secrets.token_hex(26)}"
    answer = lab.service.call("GET", "/models", query={"compartmentId": nowhere})
    return by_status("a list in a made-up compartment", answer, {404: "refused", 200: "accepted"})


LIST_FILTERS = Experiment(
    "list-filters", "lists model deployments with one and with two filters", _list_filters
)
UNKNOWN_COMPARTMENT = Experiment(
    "unknown-compartment", "lists the models of a compartment that does not exist", _unknown_compartment
)
