"""A run: asks the questions one after the other, and removes what it created, whatever happens."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from datascience_emulator.verify.clean_up import MINUTE, CannotLook, Left, Marked, find, remove
from datascience_emulator.verify.estimate import why_not
from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.lab import Lab, Place
from datascience_emulator.verify.marker import Marker
from datascience_emulator.verify.redact import Redactor
from datascience_emulator.verify.service import NoAnswer, NotSignedIn, Service
from datascience_emulator.verify.stopping import Stop, Stopped
from datascience_emulator.verify.values import CannotTell, NotAsked, NotTold, Outcome

Say = Callable[[str], None]
_RENEWED_WITHIN, _LOOK_AGAIN = 60.0, 0.5
"""Minutes in which the clean-up waits for a session to be renewed, and after which it looks for it again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """`outcomes`: by reading. `left`: what could not be removed. `stopped`: not all questions were asked."""

    outcomes: dict[str, Outcome]
    left: tuple[Left, ...]
    began: datetime
    stopped: bool = False


def left_behind(service: Service, place: Place) -> list[Marked]:
    """What earlier runs have left. Raises CannotLook, NoAnswer, NotSignedIn, Stopped."""
    return find(service, _compartments(place))


def run(
    service: Service,
    place: Place,
    stop: Stop,
    experiments: Sequence[Experiment],
    redactor: Redactor,
    say: Say,
    *,
    session: bool = False,
) -> Ended:
    """Asks those of the experiments that have what they need. Nothing is raised but errors in here.
    `session`: somebody may renew what it signs in with, so that the clean-up can wait for it.
    """
    began = datetime.now(UTC)
    lab = Lab(service, place, Marker.new(began), stop, say)
    outcomes: dict[str, Outcome] = {}
    stopped = False
    try:
        for experiment in experiments:
            needs = why_not(experiment, place)
            if needs is not None:
                outcomes[experiment.name] = NotAsked(needs)
                continue
            say(f"{experiment.name}: {experiment.does}")
            outcome = _asked(experiment, lab)
            outcomes[experiment.name] = redactor.also(lab.secret).outcome(outcome)
    except Stopped:
        stopped = True
    except NotSignedIn as error:
        say(f"the signature is not taken any more: {redactor.text(str(error))}")
        stopped = True
    finally:
        left = _clean_up(lab, _RENEWED_WITHIN if session else 0.0)
    return Ended(outcomes, tuple(left), began, stopped)


def _asked(experiment: Experiment, lab: Lab) -> Outcome:
    """Whatever a cloud answers, the next question is asked."""
    try:
        return experiment.ask(lab)
    except CannotTell as error:
        return NotTold(error.why, error.seen)
    except NoAnswer as error:
        return NotTold(str(error))
    except NotSignedIn:
        raise
    except Exception as error:
        return NotTold(f"an answer was not as expected ({type(error).__name__}: {error})")


def _clean_up(lab: Lab, minutes: float) -> list[Left]:
    """Everything of this run. `minutes`: for how long it is tried again when the signature is not taken."""
    lab.stop.again()
    began = time.monotonic()
    while True:
        left, signed_in = _removed(lab)
        if signed_in or not left or time.monotonic() - began > minutes * MINUTE:
            return left
        lab.say(
            "what was created cannot be removed before the session is renewed: oci session refresh, or oci "
            "session authenticate; waiting for that"
        )
        try:
            lab.stop.sleep(_LOOK_AGAIN * MINUTE)
        except Stopped:
            return left


def _removed(lab: Lab) -> tuple[list[Left], bool]:
    """What is left of what it knows of and of what the lists show; whether the signature was taken."""
    known = {one.ocid: one for one in lab.created}
    try:
        listed = left_behind(lab.service, lab.place)
        known |= {one.ocid: one for one in listed if one.run == lab.marker.run}
    except (CannotLook, NoAnswer, NotSignedIn, Stopped) as error:
        lab.say(f"what was created is removed without a list: {error}")
    try:
        return remove(lab.service, lab.stop, known.values(), lab.say), True
    except (Stopped, NotSignedIn) as error:
        why = str(error) or "the run was stopped again"
        return [Left(one, why) for one in known.values()], isinstance(error, Stopped)


def _compartments(place: Place) -> list[str]:
    return [one for one in (place.compartment, place.other_compartment) if one]
