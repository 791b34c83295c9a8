"""The targets of a repository, for a matrix of CI jobs. It reads reconciler.yaml alone: no manifest, no
secret, no cloud.
"""

from pathlib import Path

from reconciler.core.model.target import OciTarget, Target
from reconciler.manifests.settings import find_root, load_settings


def targets(*, tenancies_alone: bool = False) -> tuple[Target, ...]:
    """The targets of the repository around the current folder, in the order of reconciler.yaml. Raises
    InvalidManifests with everything that is wrong with the file.
    """
    settings = load_settings(find_root(Path.cwd()))
    listed = (settings.targets[name] for name in settings.target_names)
    return tuple(one for one in listed if isinstance(one, OciTarget) or not tenancies_alone)
