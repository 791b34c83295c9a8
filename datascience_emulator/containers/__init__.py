"""Model servers as containers of the deployments' own images, run by a container engine of this machine.

`ContainerServing` takes the place of `datascience_emulator.triton` for what serves, and `Registries` asks the
registries that images are named after. This package must not know the control plane: no documents, no
lifecycle states, no store.
"""

from datascience_emulator.containers.registries import Registries
from datascience_emulator.containers.serving import ContainerServing

__all__ = ["ContainerServing", "Registries"]
