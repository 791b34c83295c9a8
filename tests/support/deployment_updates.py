"""Updates of deployments as the ports take them."""

from collections.abc import Collection

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.live import Marks
from reconciler.core.planning.diff.option_groups import OptionGroup
from reconciler.core.planning.steps import KeepModel, UpdateDeployment


def update_of(
    ocid: str,
    groups: Collection[OptionGroup],
    configuration: Configuration,
    marks: Marks,
    in_place: bool = False,
) -> UpdateDeployment:
    """An update; the port is told the model besides."""
    return UpdateDeployment(ocid, tuple(groups), configuration, KeepModel(""), marks, in_place=in_place)
