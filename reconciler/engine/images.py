"""The images that a run makes: each is built and pushed once, however many deployments need it.

What there is to make stands in the plan; how it is made is the maker's business.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.core.model.configuration import Configuration
from reconciler.core.model.errors import Failed, SetupError
from reconciler.core.planning.steps import BuildImage, PushImage
from reconciler.engine.once_per_run import OncePerRun
from reconciler.engine.ports import Images
from reconciler.engine.retry import Caller
from reconciler.engine.watch import Report

Progress: TypeAlias = Callable[[str, float | None], None]

INTERRUPTED = "interrupted before its image was in the registry"


@dataclass(slots=True)
class RunImages:
    """Builds and pushes images with the `maker`, in `threads` of their own. Each method is called with the
    `call` of who needs the image.
    """

    maker: Images | None
    threads: Executor
    once: OncePerRun = field(default_factory=lambda: OncePerRun(INTERRUPTED))

    async def build(self, call: Caller, step: BuildImage, report: Report) -> str:
        """Build this image, unless this run does so already."""
        maker, revision = self._maker(step.image), step.revision.commit if step.revision else ""

        def build(progress: Progress) -> str:
            maker.build(step.image, step.build, revision, progress)
            return ""

        return await self.once.do(("build", step.image), lambda: self._in_thread(call, build, report))

    async def push(self, call: Caller, step: PushImage, report: Report) -> str:
        """Push this image, unless this run does so already; its digest in the registry."""
        maker = self._maker(step.image)

        def push(progress: Progress) -> str:
            return maker.push(step.image, progress)

        return await self.once.do(("push", step.image), lambda: self._in_thread(call, push, report))

    def by_digest(self, configuration: Configuration) -> Configuration:
        """The same; with the digest of its image, where this run has pushed that: then it does not matter who
        moves the tag meanwhile.
        """
        container = configuration.container
        pushed = self.once.done(("push", container.image))
        if pushed is None or container.digest is not None:
            return configuration
        return replace(configuration, container=replace(container, digest=pushed))

    def _maker(self, image: str) -> Images:
        if self.maker is None:
            raise SetupError(
                f"{image}: nothing here builds images: reconcile image build, where an engine is"
            )
        return self.maker

    async def _in_thread(self, call: Caller, work: Callable[[Progress], str], report: Report) -> str:
        """Do it in a thread, which ends at its next progress when the run is to stop."""
        loop, stopped = asyncio.get_running_loop(), threading.Event()

        def progress(message: str, percent: float | None = None) -> None:
            if stopped.is_set():
                raise Failed("making the image was interrupted")
            loop.call_soon_threadsafe(report, message, percent)

        try:
            return await replace(call, pool=self.threads).once(work, progress)
        except asyncio.CancelledError:
            stopped.set()
            raise
