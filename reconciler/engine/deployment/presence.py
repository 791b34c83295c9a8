"""Whether the server of one deployment has every version that it should have."""

from collections.abc import Sequence

from reconciler.core.model.errors import NotServed
from reconciler.core.model.proof.presence import listed
from reconciler.core.model.served.structure import ModelVersion
from reconciler.engine.deployment.execution import Execution
from reconciler.engine.deployment.probing import check_serving, endpoint_of
from reconciler.engine.presence_attempts import look_for


async def check_presence(execution: Execution, versions: Sequence[ModelVersion]) -> str:
    """Ask for these versions; a note of what could not be seen, which is no failure. Raises NotServed when
    the model server says that it does not serve one.
    """
    name = execution.plan.name
    presence = await look_for(execution.probing, await endpoint_of(execution), versions)
    if presence.missing:
        raise NotServed(f"{name}: the server does not serve {listed(presence.missing)}")
    if not presence.unseen:
        return ""
    await check_serving(execution)
    note = f"could not be seen: {listed(presence.unseen)}"
    execution.progress.notes.append(note)
    return note
