"""Providers that are looked at in threads of their own, in a process that has loaded nothing of what they share yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from credwatch.clock import SYSTEM
from credwatch.config.loading import parse
from credwatch.contract import NoSettings, Plugin, ProbeResult
from credwatch.ledger import Ledger
from credwatch.looking import Watch, look_again, look_at
from credwatch.ledger.settling import Suspect
from credwatch.model import Item
from credwatch.registry import Registry

SENDING = "credwatch.transport.sending"
seen = []

class Quiet:
    def __init__(self, setup):
        self.name = setup.name
        seen.append(SENDING in sys.modules)

    def check(self):
        return ProbeResult.valid()

names = sys.argv[2:]
text = "".join(f'[providers.{name}]\\nuse = "quiet"\\n' for name in names)
registry = Registry({"quiet": Plugin(provider=Quiet, provider_settings=NoSettings)})
with Ledger.open(None, now=SYSTEM.now()) as ledger:
    watch = Watch.of(parse(text, {}, "it"), ledger, SYSTEM, threading.Event(), registry=registry)
    assert SENDING not in sys.modules
    if sys.argv[1] == "look_at":
        list(look_at(watch, names))
    else:
        list(look_again(watch, [Suspect(name, "a", "", "", "", None, Item(name, "a")) for name in names]))
print(*sorted(seen))
"""


@pytest.mark.parametrize("how", ["look_at", "look_again"])
@pytest.mark.parametrize(
    ("names", "seen"),
    [
        pytest.param(["a", "b", "c"], "True True True", id="several have it before one of them begins"),
        pytest.param(["a"], "False", id="one alone loads it when it sends"),
    ],
)
def test_what_several_threads_send_with_is_loaded_before_they_begin(how: str, names: list[str], seen: str) -> None:
    """Two threads that load parts of one library crosswise both fail, and then a provider is blind."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, how, *names], check=False, capture_output=True, text=True)

    assert (done.stdout.strip(), done.stderr) == (seen, "")
