"""The prices of a repository, for the cost of plans."""

from reconciler.app.workspace import Workspace
from reconciler.core.planning.capacity.prices import Prices
from reconciler.manifests.prices import load_prices


def prices_of(workspace: Workspace) -> Prices | None:
    """The prices that reconciler.yaml names, None when it names none. Raises InvalidManifests with everything
    that is wrong with them.
    """
    named = workspace.settings.prices
    return None if named is None else load_prices(named, workspace.root)
