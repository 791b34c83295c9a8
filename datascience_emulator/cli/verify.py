"""The verb `verify`: what it says and asks before it creates anything, and what it prints in the end."""

import json
import select
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from datascience_emulator.cli.verify_options import LOCAL
from datascience_emulator.home.home import Home
from datascience_emulator.process import background
from datascience_emulator.verify.clean_up import CannotLook, Left, Marked, remove
from datascience_emulator.verify.estimate import foretold, why_not
from datascience_emulator.verify.experiment import Experiment
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.lab import SHAPE, Place
from datascience_emulator.verify.redact import Redactor, names_in_image, readable
from datascience_emulator.verify.report import Report, listed, listed_text
from datascience_emulator.verify.run import left_behind, run
from datascience_emulator.verify.service import NoAnswer, NotSignedIn, Service
from datascience_emulator.verify.sign_in import CONFIG_FILE, Account, CannotSignIn, connect, sign_in
from datascience_emulator.verify.stopping import Stop, Stopped, by_signals


class VerifyRefused(Exception):
    """It has created nothing; the message says why and what to do."""


def verify(options: Namespace) -> tuple[int, str]:
    """The exit code and the output. Raises VerifyRefused."""
    chosen = _chosen(options.only or [])
    if options.list:
        entries = listed(chosen)
        return 0, _json(entries) if options.format == "json" else listed_text(entries)
    if options.out is not None:
        _check_writable(options.out)
    cloud, stop = _cloud(options), Stop()
    service = connect(cloud.account, stop)
    with by_signals(stop):
        try:
            _remove_left_behind(service, cloud, stop, options)
            _agree(_foretold(chosen, cloud, options.price), stop, options)
            stop.check()
        except (CannotLook, NoAnswer, NotSignedIn) as error:
            raise VerifyRefused(readable(f"{cloud.where}: {error}; nothing was created")) from error
        except Stopped as error:
            raise VerifyRefused("it was stopped before anything was created") from error
        ended = run(service, cloud.place, stop, chosen, cloud.redactor, _say, session=cloud.account.session)
    return _told(Report(ended, chosen, cloud.place.region, cloud.kind), options)


def _chosen(names: Sequence[str]) -> list[Experiment]:
    known = [one.name for one in EXPERIMENTS]
    for name in names:
        if name not in known:
            raise VerifyRefused(
                f"--only {name}: there is no such question; it must be one of {', '.join(known)}"
            )
    return [one for one in EXPERIMENTS if not names or one.name in names]


# -- the cloud


@dataclass(frozen=True, slots=True)
class _Cloud:
    """`where`: in words."""

    account: Account
    place: Place
    where: str

    @property
    def kind(self) -> str:
        return "tenancy" if self.account.endpoint is None else "local"

    @property
    def redactor(self) -> Redactor:
        place = self.place
        named = (place.compartment, place.project, place.other_compartment, *names_in_image(place.image))
        return Redactor([*self.account.secret, *named])


def _cloud(options: Namespace) -> _Cloud:
    if options.target is None:
        raise VerifyRefused("--target is missing: local, or a profile of the OCI config file")
    try:
        account, compartment = _local(options) if options.target == LOCAL else _of_profile(options)
    except CannotSignIn as error:
        raise VerifyRefused(str(error)) from error
    place = Place(
        region=account.region,
        compartment=compartment,
        project=options.project,
        other_compartment=options.other_compartment,
        image=options.image,
        shape=options.shape or SHAPE,
        large=options.large,
    )
    where = (
        f"in {account.region}" if account.endpoint is None else f"of the local cloud at {account.endpoint}"
    )
    return _Cloud(account, place, where)


def _local(options: Namespace) -> tuple[Account, str]:
    for name in ("config_file", "endpoint", "region"):
        if getattr(options, name) is not None:
            raise VerifyRefused(
                f"--{name.replace('_', '-')} is not for --target {LOCAL}, which knows its own"
            )
    running = background.find(Home(options.home))
    if running is None:
        raise VerifyRefused(
            f"no emulator runs in {options.home}: datascience-emulator start --home {options.home}"
        )
    account = sign_in(Path(running.config_file), "DEFAULT", running.region, running.endpoint)
    return account, options.compartment or running.compartment


def _of_profile(options: Namespace) -> tuple[Account, str]:
    if options.compartment is None:
        raise VerifyRefused("--compartment is missing: the OCID of the one where everything is created")
    file = options.config_file or CONFIG_FILE
    return sign_in(file, options.target, options.region, options.endpoint), options.compartment


# -- before anything is created


def _remove_left_behind(service: Service, cloud: _Cloud, stop: Stop, options: Namespace) -> None:
    found = left_behind(service, cloud.place)
    if not found:
        return
    _agree(_found(found), stop, options)
    if left := remove(service, stop, found, _say):
        raise VerifyRefused(
            "\n".join(["what an earlier run left behind could not be removed:", *_left(left)])
        )


def _found(found: Sequence[Marked]) -> Iterator[str]:
    yield "An earlier run has left this behind, or another one is at work now. It will be removed:"
    yield from (f"  {one.kind.word} {one.name} ({one.state}, created {one.created})" for one in found)


def _foretold(chosen: Sequence[Experiment], cloud: _Cloud, price: float | None) -> Iterator[str]:
    asked = [one for one in chosen if why_not(one, cloud.place) is None]
    yield from foretold(asked, cloud.place, cloud.where, price)
    for one in chosen:
        if (needs := why_not(one, cloud.place)) is not None:
            yield f"Not asked: {one.name}, which needs {needs}."
    if cloud.account.session:
        yield "The profile signs in with a session token, which has to be renewed while this runs:"
        yield "oci session refresh. A new one is taken as soon as it is there."


def _agree(lines: Iterable[str], stop: Stop, options: Namespace) -> None:
    """Raises VerifyRefused unless somebody agrees, and Stopped."""
    for line in lines:
        _say(line)
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise VerifyRefused("nobody can be asked here: --yes agrees to that. Nothing was created")
    sys.stderr.write("Go on? [y/N] ")
    sys.stderr.flush()
    while not select.select([sys.stdin], [], [], 0.2)[0]:
        stop.check()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise VerifyRefused("nothing was created")


# -- afterwards


def _told(report: Report, options: Namespace) -> tuple[int, str]:
    ended = report.ended
    text = _json(report.document()) if options.format == "json" else report.markdown()
    if ended.left:
        _say("error: this is left, and carries the marker; the next verify removes it:")
        for line in _left(ended.left):
            _say(line)
    code = 1 if ended.left or ended.stopped else 0
    if options.out is None:
        return code, text
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        _say(f"error: --out {options.out}: {error.strerror}; here is the report")
        return 1, text
    return code, f"the report: {options.out}\n"


def _left(left: Iterable[Left]) -> list[str]:
    return [readable(f"  {one.marked.kind.word} {one.marked.name}: {one.why}") for one in left]


def _check_writable(path: Path) -> None:
    """Before anything is created: hours later would be a bad time to hear of it."""
    there = path.exists()
    try:
        path.open("a").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise VerifyRefused(f"--out {path}: {error.strerror}") from error


def _say(line: str) -> None:
    """Nobody may be there to hear it any more: the terminal was closed, and the clean-up goes on."""
    with suppress(OSError):
        sys.stderr.write(f"{readable(line)}\n")
        sys.stderr.flush()


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
