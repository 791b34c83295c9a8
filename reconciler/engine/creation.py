"""The creation of one deployment: looked for first, made once, and shared with another run of the same plan.

It must not decide what is created, nor wait for it: those are the plan's and the chain's.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from reconciler.core.model.live import Live
from reconciler.core.planning.plan import token_of
from reconciler.core.planning.steps import CreateDeployment
from reconciler.engine.hand import ReadBack
from reconciler.engine.ports import Accepted
from reconciler.engine.standing import Moved

if TYPE_CHECKING:
    from reconciler.engine.chain import Chain

TOKENS = 5
"""Retry tokens that are tried for one creation."""


class Creation:
    """One step of one chain."""

    def __init__(self, chain: "Chain", step: CreateDeployment) -> None:
        self._chain, self._step = chain, step

    async def create(self) -> str:
        """Make it, or find it made; a note."""
        model = await self._chain.catalog.find(self._step.model.digest)
        configuration = self._chain.standing.as_asked(self._step.configuration)
        self._chain.hand.asked = ReadBack(configuration, model, self._step.marks)
        if note := await self._adopted(model):
            return note

        def send(token: str) -> Accepted:
            return self._chain.cloud.create_deployment(configuration, model, self._step.marks, token)

        try:
            ocid = await self._created(send)
        except Moved:
            if note := await self._adopted(model):
                return note
            raise
        self._chain.sent.add(self._chain.at)
        return ocid

    async def _adopted(self, model: str) -> str:
        """What is there already, waited for as if it were ours; a note, or nothing."""
        there = await self._there_already(model)
        if there is None:
            return ""
        self._chain.hand.asked = None
        await self._chain.hand.adopt(there.ocid)
        return f"{there.ocid}, created by another run"

    async def _created(self, send: Callable[[str], Accepted]) -> str:
        """The OCID of a new one. The service may still know the token from one that was renamed since, or is
        gone, and give that one back, or refuse: then another token is due. If it is in use by another run
        right now, one of the name is there.
        """
        known, token = (await self._chain.catalog.snapshots.after(0)).deployments, self._step.token
        for _ in range(TOKENS):
            try:
                ocid = await self._chain.hand.create(partial(send, token))
            except Moved:
                await self._chain.call.clock.sleep(self._chain.call.pause(1))
                if await self._chain.call(self._chain.cloud.deployments_named, self._step.configuration.name):
                    raise
            else:
                if ocid not in known:
                    return ocid
            self._chain.hand.pending, self._chain.standing.ocid = None, ""
            token = token_of(token, sorted(known))
        raise self._chain.stale("its retry tokens are all spent")

    async def _there_already(self, model: str) -> Live | None:
        """What the plan did not see: nothing, the very deployment that it creates, or one that makes it
        stale. Looked at after the upload, which may have taken long.

        A saved plan may be older than the service's memory of retry tokens, so names are looked at too. A
        replacement does not mind others of its name: they were there before.
        """
        ours = (self._step.marks.owner, self._step.marks.name)
        mine = self._chain.plan.seen.ocid if self._chain.plan.seen else ""
        for live in await self._chain.call(
            self._chain.cloud.deployments_named, self._step.configuration.name
        ):
            marked = (live.marks.owner, live.marks.name) == ours
            if live.ocid == mine or (self._chain.plan.seen is not None and not marked):
                continue
            if live.marks == self._step.marks and live.model_id == model:
                return live  # made from the same manifest: what that leaves open need not be the same
            if marked:
                # Another run of this plan may have made it, and be further.
                self._chain.standing.ocid = live.ocid
            raise Moved(f"a deployment of this name exists by now ({live.ocid})")
        return None
