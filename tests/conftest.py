"""What holds for every test: examples of a property may take as long as a busy machine needs, and signals do
what they do by default, though whoever has started the tests ignored some, as nohup does.

Private keys are parsed once for each process: that takes as long as all the rest of a small test does.
"""

import signal
from functools import cache

from cryptography.hazmat.primitives import serialization
from hypothesis import settings
from support.examples import examples
from support.here import stop_all

settings.register_profile("unhurried", settings.default, deadline=None, max_examples=examples(40))
settings.load_profile("unhurried")

for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

serialization.load_pem_private_key = cache(serialization.load_pem_private_key)


def pytest_sessionfinish() -> None:
    """A local cloud that a test has left in this process would keep it from ending."""
    stop_all()
