"""Catalog models that manifests name by their OCID: what is live is called as the manifest calls it, so that
the two can be compared.

A digest that is marked on a catalog model says what it holds. Of others only the OCID is known, or what the
manifest says of it.
"""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.core.model.live import Live, Snapshot
from reconciler.core.model.spec import GivenModel, Spec
from reconciler.core.planning.ownership.owners import Owners


def with_given_models(snapshot: Snapshot, specs: Iterable[Spec], owners: Owners) -> Snapshot:
    """The snapshot, in which each deployment of a spec that names a catalog model has its content by the name
    that it has there, or would have.
    """
    pairs = ((owners.find(spec.claim)[0], spec.given) for spec in specs if spec.given)
    called = {live.ocid: _called(live, given) for live, given in pairs if live and given}
    if not called:
        return snapshot
    return replace(snapshot, deployments=tuple(called.get(live.ocid, live) for live in snapshot.deployments))


def _called(live: Live, given: GivenModel) -> Live:
    if live.configuration is None:
        return live
    marked = live.configuration.artifact
    content = live.model_id if given.alone else marked
    if live.model_id == given.ocid:
        content = content or given.content
    return replace(live, configuration=replace(live.configuration, artifact=content))
