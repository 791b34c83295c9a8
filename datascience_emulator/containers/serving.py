"""What serves deployments by containers: the same parts as the module `datascience_emulator.triton`.

Every container has labels: the home of its emulator, by which the next start finds what was left; the run of
it, by which the watchdog does; and the deployment, for people.
"""

import logging
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from datascience_emulator.containers import watchdog
from datascience_emulator.containers.engine import Engine
from datascience_emulator.containers.launcher import Containers
from datascience_emulator.containers.values import EngineError, NoEngine
from datascience_emulator.triton import (
    Container,
    Fleet,
    NotServing,
    Revision,
    ServerFailed,
    ServingUnavailable,
)

_LOG = logging.getLogger(__name__)
HOME, RUN, DEPLOYMENT = "datascience-emulator.home", watchdog.RUN, "datascience-emulator.deployment"
AT_ONCE = 8


class ContainerServing:
    """`home` is the folder of the emulator. `largest_image` is in bytes."""

    ServingUnavailable = ServingUnavailable
    ServerFailed = ServerFailed
    NotServing = NotServing
    Revision = Revision
    Container = Container

    def __init__(self, home: Path, largest_image: int) -> None:
        self._largest_image = largest_image
        self._labels = {HOME: str(home.resolve()), RUN: uuid.uuid4().hex}
        self._engine: Engine | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def check(self) -> None:
        """Whether an engine answers is seen when a fleet starts: a deployment without one fails."""

    def new_fleet(self, name: str, work_dir: Path, log_dir: Path) -> Fleet:
        labels = {**self._labels, DEPLOYMENT: name}
        containers = Containers(work_dir.resolve(), labels, self._largest_image, self._ready_engine)
        return Fleet(name, containers, log_dir)

    def begin(self) -> None:
        """Remove the containers that an earlier process of this home has left. Blocking."""
        try:
            engine = Engine()
        except NoEngine:
            return
        self._remove(engine, HOME)
        engine.close()

    def end(self) -> None:
        """Remove what is still there, and let the watchdog go; if the engine does not answer, leave it to the
        watchdog. Blocking.
        """
        with self._lock:
            done = True
            if self._engine is not None:
                done = self._remove(self._engine, RUN)
                self._engine.close()
            if self._watchdog is not None:
                _let_go(self._watchdog, done=done)
            self._watchdog = self._engine = None

    def _remove(self, engine: Engine, label: str) -> bool:
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(engine.remove, engine.labelled(label, self._labels[label])))
        except EngineError as error:
            _LOG.warning("containers of the emulator may be left: %s", error)
            return False
        return True

    def _ready_engine(self) -> Engine:
        """The engine, which answers, with the watchdog over what it is about to run. Blocking. Raises
        NoEngine.
        """
        with self._lock:
            if self._engine is None or not self._engine.answers():
                self._engine = Engine()
            if self._watchdog is None or self._watchdog.poll() is not None:
                self._watchdog = subprocess.Popen(
                    [sys.executable, "-P", str(Path(watchdog.__file__).resolve()), self._labels[RUN]],
                    stdin=subprocess.PIPE,
                    env=watchdog.environment(),
                    start_new_session=True,
                )
            return self._engine


def _let_go(process: "subprocess.Popen[bytes]", *, done: bool) -> None:
    """Without its word, the watchdog removes what is left, and nobody waits for that."""
    with suppress(BrokenPipeError):
        if done:
            process.communicate(watchdog.DONE)
        elif process.stdin is not None:
            process.stdin.close()
            threading.Thread(target=process.wait, daemon=True).start()  # an ended child has to be waited for
