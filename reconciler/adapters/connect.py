"""Connects to a target: starts the emulator, or signs in to OCI, which may fetch a token. No resource is read
yet.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from reconciler.adapters.emulator.process import Tell, ensure
from reconciler.adapters.emulator.running import Running
from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.oci.examining import Examination
from reconciler.adapters.oci.object_storage.way import ContentWay
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.prediction.probe_requests import LiveProber
from reconciler.adapters.registry.of_target import TargetRegistries
from reconciler.adapters.signing.sign_in import api_key_signer, read_config, sign_in
from reconciler.core.model.target import EmulatorTarget, OciTarget, Target


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection to a target."""

    cloud: OciCloud
    predict: Predictor
    registries: TargetRegistries
    examination: Examination

    @property
    def prober(self) -> LiveProber:
        """Sends the probes of a plan by `predict`."""
        return LiveProber(self.predict)


def connect(target: Target, tell: Tell) -> Connection:
    """Connect to a target; `tell` gets what takes a while. Raises SetupError when something is missing."""
    match target:
        case EmulatorTarget():
            return _connect_emulator(target, tell)
        case OciTarget():
            config, signer = sign_in(target)
            access = ServiceAccess(config, signer)
            way = ContentWay(target.artifacts)
            cloud = OciCloud(
                access, target.compartment, target.project, target.create_project, fetcher(), way
            )
            return _connection(target, access, target.compartment, cloud)
        case _:
            assert_never(target)


def registries_of(target: Target, tell: Tell) -> TargetRegistries:
    """The registries of a target alone. It signs in, or starts the emulator, when OCI's registry is asked."""
    match target:
        case EmulatorTarget():
            return TargetRegistries(target, lambda: _emulator_access(target, tell)[0])
        case OciTarget():
            return TargetRegistries(target, lambda: ServiceAccess(*sign_in(target)))
        case _:
            assert_never(target)


def _connect_emulator(target: EmulatorTarget, tell: Tell) -> Connection:
    access, running = _emulator_access(target, tell)
    way = ContentWay(target.artifacts)
    cloud = OciCloud(
        access, running.compartment, target.project, create_project=True, fetch=fetcher(), way=way
    )
    return _connection(target, access, running.compartment, cloud)


def _connection(target: Target, access: ServiceAccess, compartment: str, cloud: OciCloud) -> Connection:
    registries = TargetRegistries(target, lambda: access)
    return Connection(cloud, Predictor(access), registries, Examination(access, compartment))


def _emulator_access(target: EmulatorTarget, tell: Tell) -> tuple[ServiceAccess, Running]:
    running = ensure(Path(target.home), tell)
    config = read_config("DEFAULT", running.config_file)
    return ServiceAccess(config, api_key_signer(config, running.config_file), running.endpoint), running
