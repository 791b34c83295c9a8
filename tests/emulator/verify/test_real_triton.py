"""The artifacts of experiments are ones that a real Triton server serves, and refuses."""

from datascience_emulator.embedded import running
from datascience_emulator.verify.experiments import EXPERIMENTS
from datascience_emulator.verify.lab import Place
from datascience_emulator.verify.redact import Redactor
from datascience_emulator.verify.run import run
from datascience_emulator.verify.sign_in import connect, sign_in
from datascience_emulator.verify.stopping import Stop
from datascience_emulator.verify.values import Told
from tests.support.verifying import IMAGE


def test_headers_and_a_failed_update_on_a_real_server(emulator_installed: None) -> None:
    names = ("triton-headers", "failed-update")
    chosen = [one for one in EXPERIMENTS if one.name in names]
    with running() as emulator:
        account = sign_in(emulator.config_file, "DEFAULT", None, emulator.endpoint)
        place, stop = Place("us-ashburn-1", emulator.compartment, image=IMAGE), Stop()
        ended = run(connect(account, stop), place, stop, chosen, Redactor(), lambda _: None)
    headers, failed = (ended.outcomes[name] for name in names)
    assert isinstance(headers, Told), headers
    assert isinstance(failed, Told), failed
    assert headers.choice == "either"
    assert "NEEDS_ATTENTION and shows the old configuration; it answers inference requests" in failed.choice
    assert ended.left == ()
