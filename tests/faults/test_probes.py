"""Every kind of key under every fault, in this process."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest

from credwatch.contract import Reason, Validity
from credwatch.transport.names import Names
from tests.conformance.samples import Sample
from tests.faults.keys import PROBED
from tests.faults.looking import LATE, SOON, Run
from tests.faults.scripts import MIB
from tests.faults.stage import Stages
from tests.faults.table import FAULTS, Fault

NOISE = 20
"""So many times its time anything may take on a busy machine."""
PACE = 0.02
PATIENCE = 60.0
"""The longest that a vendor is waited for."""
LARGE = [fault for fault in FAULTS if "100 MiB" in fault.name or "never ends" in fault.name]
NAMELESS = Fault("a resolver that hangs", Reason.DNS, resolves=False, hangs=True)


def everywhere(reason: Reason) -> dict[str, tuple[Validity, Reason]]:
    """The same answer for every kind: that nobody can tell."""
    return dict.fromkeys(PROBED, (Validity.UNKNOWN, reason))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_fault_is_a_word_about_any_key(fault: Fault, samples: Mapping[str, Sample], stages: Stages) -> None:
    with stages.play(fault, pace=PACE) as played:
        run = Run(played, samples, stages)

    assert run.said == everywhere(fault.reason) | dict.fromkeys(fault.open, (Validity.VALID, Reason.OK))
    played.check(len(PROBED))
    assert run.seconds < (SOON if fault.hangs else LATE).total_seconds() * fault.tries * NOISE
    assert max(run.clock.waits, default=0.0) <= PATIENCE
    told = repr(list(run.results.values()))
    assert [kind for kind, sample in samples.items() if any(secret in told for secret in sample.secrets)] == []


@pytest.mark.parametrize("fault", LARGE, ids=lambda fault: fault.name)
def test_a_huge_answer_is_never_held(fault: Fault, samples: Mapping[str, Sample], stages: Stages) -> None:
    """Twelve keys at once, each of whose answers is 100 MiB; what is read of one is 1 MiB at most."""
    with stages.play(fault, pace=PACE) as played:
        tracemalloc.start()
        Run(played, samples, stages)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 4 * MIB * len(PROBED)


def test_a_resolver_that_hangs_holds_nobody(samples: Mapping[str, Sample], stages: Stages) -> None:
    woken = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        woken.wait()
        return []

    with stages.play(NAMELESS, pace=PACE) as played:
        run = Run(played, samples, stages, Names(hang))
        woken.set()

    assert {validity for validity, _ in run.said.values()} == {Validity.UNKNOWN}
    assert {reason for _, reason in run.said.values()} <= {Reason.DNS, Reason.TIMEOUT}
    assert run.seconds < SOON.total_seconds() * NAMELESS.tries * NOISE
