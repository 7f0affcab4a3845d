"""A key goes to its own vendor and nowhere else, whatever stands beside it or in the environment."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from credwatch.contract import Reason, Validity
from credwatch.sandbox.server import Response
from credwatch.transport import Transport
from credwatch.transport.names import Names
from tests.conformance.grounds.ground import Ground, Hurried
from tests.conformance.installed import KINDS
from tests.conformance.samples import OWN, Lab, Sample
from tests.conformance.systems import on
from tests.conformance.trap import Trap
from tests.conformance.trying import gone

PROBED = [*(name for name, (_, kind) in KINDS.items() if kind.probed), OWN]
GOOGLE = "GOOGLE_SERVICE_ACCOUNT"


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as made:
        yield made


@pytest.fixture
def led(trap: Trap, tmp_path: Path) -> dict[str, str]:
    """An environment that leads into the trap."""
    return trap.addresses() | trap.proxies() | trap.files(tmp_path)


def baited(sample: Sample, trap: Trap) -> dict[str, str]:
    """The key's own fields, with every address beside them."""
    inside = {GOOGLE: json.dumps(trap.account(json.loads(sample.fields[GOOGLE])))} if GOOGLE in sample.fields else {}
    return {**trap.addresses(), **trap.proxies(), **sample.fields, **inside}


def enter(environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
    """Into an environment that nothing is excepted from."""
    for name in ("NO_PROXY", "no_proxy", "REQUEST_METHOD"):
        patch.delenv(name, raising=False)
    for name, value in environment.items():
        patch.setenv(name, value)


def test_there_is_a_key_of_every_kind(lab: Lab) -> None:
    """For a new kind: add one to samples.py."""
    assert lab.kinds == {*KINDS, OWN}


@pytest.mark.parametrize("kind", PROBED)
def test_an_address_beside_a_key_or_in_the_environment_is_never_called(
    lab: Lab, trap: Trap, led: dict[str, str], transport: Transport, kind: str
) -> None:
    with lab.sample(kind) as sample, pytest.MonkeyPatch.context() as patch:
        enter(led, patch)
        before = len(lab.servers[sample.vendor].requests)
        way = gone(lab.config(), transport, baited(sample, trap), kind)

    assert trap.seen == []
    assert len(lab.servers[sample.vendor].requests) - before == 1
    assert {one.match.kind.name for one in way.found} == {kind}
    assert way.result.validity is Validity.VALID


@pytest.mark.parametrize("kind", PROBED)
def test_a_vendor_that_sends_us_elsewhere_is_not_followed(
    lab: Lab, trap: Trap, led: dict[str, str], transport: Transport, kind: str
) -> None:
    with lab.sample(kind) as sample, pytest.MonkeyPatch.context() as patch:
        enter(led, patch)
        before = len(lab.servers[sample.vendor].requests)
        lab.gates[sample.vendor].answer = lambda _: Response(307, b"", {"location": f"{trap.url}/"})
        result = gone(lab.config(), transport, baited(sample, trap), kind).result

    assert trap.seen == []
    assert len(lab.servers[sample.vendor].requests) - before == 1
    assert (result.validity, result.reason) == (Validity.UNKNOWN, Reason.REDIRECTED)


@pytest.mark.parametrize("kind", PROBED)
def test_where_nothing_is_configured_only_the_hosts_of_the_kind_are_looked_up(
    lab: Lab, trap: Trap, led: dict[str, str], kind: str
) -> None:
    asked: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror

    transport = Transport(clock=Hurried(), names=Names(nowhere))
    with lab.sample(kind) as sample, pytest.MonkeyPatch.context() as patch:
        enter(led, patch)
        way = gone(lab.config(led=False), transport, baited(sample, trap), kind)
    transport.close()
    hosts = {"crm.example.com"} if kind == OWN else set(KINDS[kind][1].hosts)

    assert trap.seen == []
    assert set(asked) <= hosts
    assert way.result.reason is (Reason.DNS if hosts else Reason.NOT_TRIED)


@on()
def test_an_address_in_the_environment_does_not_lead_a_listing_away(
    ground: Ground, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ground.ids()
    enter(trap.addresses() | trap.files(tmp_path), monkeypatch)

    assert ground.ids() == before
    assert trap.seen == []


@on(lambda made: made.use not in {"aws", "gcp"})
def test_a_proxy_in_the_environment_does_not_lead_a_listing_away(
    ground: Ground, trap: Trap, led: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDKs of AWS and Google know no proxy but this one, and so may take it."""
    before = ground.ids()
    enter(led, monkeypatch)

    assert ground.ids() == before
    assert trap.seen == []


def test_a_program_that_obeys_its_environment_falls_into_the_trap(
    lab: Lab, trap: Trap, led: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(led, monkeypatch)

    with pytest.raises(OSError):  # noqa: PT011  whatever it is: the trap hangs up
        urllib.request.build_opener().open(lab.servers[OWN].url, timeout=5)
    assert trap.seen[0].startswith(b"GET http://127.0.0.1:")
