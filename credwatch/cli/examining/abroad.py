"""What doctor says of everything outside: Slack and the providers, side by side, for a bounded time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from credwatch.alerts import doctor
from credwatch.alerts.opening import open_slack
from credwatch.cli.examining.house import complaint
from credwatch.clock import Clock
from credwatch.config.configuration import Config
from credwatch.contract import Closes, Diagnose, Diagnosis
from credwatch.errors import ConfigError, CredwatchError
from credwatch.log import unquoted
from credwatch.model import Validity
from credwatch.registry import Registry
from credwatch.transport import Transport

PATIENCE = timedelta(seconds=60)
"""So long all of them together may take."""
_GLANCE = 0.2
_ROTATOR = "login of what rotates"

Examination = Callable[[], Iterator[Diagnosis]]
_Ready = queue.SimpleQueue[tuple[int, Diagnosis | None]]


def slack(config: Config) -> Iterator[Diagnosis]:
    """The token, each channel, each mention."""
    if config.slack is None:
        yield Diagnosis("no [slack]", ok=True, said="credwatch deliver prints the alerts")
        return
    try:
        yield from doctor.diagnose(config, open_slack(config))
    except CredwatchError as error:
        yield complaint("token", error)


def provider(
    config: Config, registry: Registry, name: str, transport: Transport, known: Collection[str], *, rotates: bool
) -> Iterator[Diagnosis]:
    """What a connection says of itself; nothing where its table has a mistake that is `known`, and told, already.

    `rotates`: the identity that writes there is tried too.
    """
    try:
        yield from _provider(config, registry, name, transport)
        if rotates:
            yield _rotator(config, registry, name, transport)
    except ConfigError as error:
        if not set(str(error).splitlines()) <= set(known):
            raise


def _provider(config: Config, registry: Registry, name: str, transport: Transport) -> Iterator[Diagnosis]:
    if name not in registry.connections(config):
        yield Diagnosis("a kind of key", ok=True, said="its keys are tried wherever they are kept")
        return
    opened = registry.open(config, name, transport)
    try:
        if isinstance(opened, Diagnose):
            yield from opened.diagnose()
            return
        checked = opened.check()
        yield Diagnosis("login", ok=checked.validity is Validity.VALID, said=checked.detail or checked.reason.value)
    finally:
        if isinstance(opened, Closes):
            opened.close()


def _rotator(config: Config, registry: Registry, name: str, transport: Transport) -> Diagnosis:
    """Whether who writes there is let in; nothing that may change something is sent."""
    try:
        opened = registry.open(config, name, transport, rotating=True, writes=False)
        try:
            checked = opened.check()
        finally:
            if isinstance(opened, Closes):
                opened.close()
    except CredwatchError as error:
        return complaint(_ROTATOR, error)
    ok, said = checked.validity is Validity.VALID, checked.detail or checked.reason.value
    return Diagnosis(_ROTATOR, ok=ok, said=said, mend="" if ok else f"mend its line in [rotate.identities]: {name}")


def side_by_side(
    examinations: Sequence[tuple[str, Examination]], clock: Clock, patience: timedelta = PATIENCE
) -> list[tuple[str, list[Diagnosis]]]:
    """What each says, in their order. One that is not done in time has said what it said, and that it was too slow."""
    said: list[tuple[str, list[Diagnosis]]] = [(name, []) for name, _ in examinations]
    ready: _Ready = queue.SimpleQueue()
    for number, (name, examination) in enumerate(examinations):
        threading.Thread(target=_run, args=(number, examination, ready), name=f"doctor-{name}", daemon=True).start()
    waiting, until = set(range(len(examinations))), clock.monotonic() + patience.total_seconds()
    while waiting and clock.monotonic() < until:
        try:
            number, diagnosis = ready.get(timeout=_GLANCE)
        except queue.Empty:
            continue
        if diagnosis is None:
            waiting.discard(number)
        else:
            said[number][1].append(diagnosis)
    for number in waiting:
        slow = f"not done within {patience.total_seconds():g} s"
        said[number][1].append(Diagnosis("the rest", ok=False, said=slow, mend="see that it can be reached from here"))
    return said


def _run(number: int, examination: Examination, ready: _Ready) -> None:
    try:
        for diagnosis in examination():
            ready.put((number, _unquoted(diagnosis)))
    except ConfigError as error:
        ready.put((number, _unquoted(complaint("configuration", error))))
    except CredwatchError as error:
        ready.put((number, _unquoted(complaint("connection", error))))
    except Exception as error:  # noqa: BLE001  one provider's defect is one line; its text may quote a secret
        said = f"a defect in this provider: {type(error).__name__}"
        ready.put((number, Diagnosis("connection", ok=False, said=said, mend="please report it")))
    finally:
        ready.put((number, None))


def _unquoted(diagnosis: Diagnosis) -> Diagnosis:
    """A plug-in may quote what it was given."""
    return replace(diagnosis, said=unquoted(diagnosis.said), mend=unquoted(diagnosis.mend))
