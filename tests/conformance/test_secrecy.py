"""No value shows: in no repr, text, log record, error or traceback of anything that a plug-in makes or is given."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from credwatch.config.loading import parse
from credwatch.contract import Diagnose, Item, Needs, ProviderError, Secret, Store
from credwatch.fields import unfold
from credwatch.log import setup
from credwatch.registry import Registry
from credwatch.sandbox.server import Request, Response
from credwatch.transport import Transport
from tests.conformance.grounds.ground import Ground
from tests.conformance.installed import KINDS, PLUGINS
from tests.conformance.samples import OWN, Lab
from tests.conformance.systems import on
from tests.conformance.trying import gone
from tests.leaks.searching import Search

STATUSES = (200, 302, 400, 401, 402, 403, 404, 429, 501)
WORDS = (
    "",
    "permission denied ",
    "Invalid credentials ",
    "Invalid JWT Signature ",
    "insufficient permissions ",
    "billing",
)


class Heard(logging.Handler):
    """Every record that comes through, as it was before the formatter took the values out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.said.append(f"{record.name}: {record.getMessage()} {record.args!r} {trace}")


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What is logged from here on, at DEBUG."""
    root, stream, raw = logging.getLogger(), io.StringIO(), Heard()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    setup(logging.DEBUG, json=True, stream=stream)
    root.addHandler(raw)
    yield raw.said
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)


def echo(status: int, *values: str) -> Callable[[Request], Response]:
    """A vendor, or a gateway before it, that repeats all that it was told, wherever words may stand."""

    def answer(request: Request) -> Response:
        told = [*values, *request.headers.values(), request.body.decode("utf-8", "replace")]
        said = " ".join(told)
        every = [f"{word}{each}" for word in WORDS for each in told]
        body = {
            "category": said,
            "code": f"billing{said}",
            "detail": {"status": said, "message": said},
            "err_code": said,
            "err_msg": f"Invalid credentials {said}",
            "error": {"message": f"{said} insufficient permissions", "code": f"billing{said}", "status": said},
            "error_description": f"Invalid JWT Signature {said}",
            "errors": every,
            "message": f"Invalid credentials {said}",
            "warnings": every,
        }
        if "x-amz-date" in request.headers:
            xml = f"<ErrorResponse><Error><Code>{said}</Code><Message>{said}</Message></Error></ErrorResponse>"
            return Response(status, xml.encode(), {"content-type": "text/xml"})
        return Response.json(body, status)

    return answer


def written(thing: object) -> str:
    """A thing in every way in which it may be written."""
    return f"{thing!r} {thing!s} {thing:}"


def ours(thing: object, seen: set[int]) -> Iterator[object]:
    """This, and everything of ours that hangs on it."""
    if id(thing) in seen or isinstance(thing, Secret | type):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        hanging = list(thing.values())
    elif isinstance(thing, list | tuple | set | frozenset):
        hanging = list(thing)
    elif type(thing).__module__.startswith("credwatch"):
        yield thing
        hanging = list(getattr(thing, "__dict__", {}).values())
    else:
        return
    for each in hanging:
        yield from ours(each, seen)


def failure(work: Callable[[], object]) -> str:
    """All that an error says when it is shown; what the work came to when there is none."""
    try:
        return written(work())
    except ProviderError as error:
        return "".join([*traceback.format_exception(error), written(error), repr(error.args)])


@pytest.mark.parametrize("kind", sorted({*KINDS, OWN}))
def test_no_value_shows_on_the_way_of_a_key(lab: Lab, transport: Transport, heard: list[str], kind: str) -> None:
    with lab.sample(kind) as sample:
        ways = [gone(lab.config(), transport, sample.fields, kind, locator=sample.item)]
        for status in STATUSES if sample.vendor else ():
            lab.gates[sample.vendor].answer = echo(status, *sample.secrets)
            ways.append(gone(lab.config(), transport, sample.fields, kind, locator=sample.item))
    search = Search((f"{kind} {number}", value) for number, value in enumerate(sample.secrets))
    shown = "\n".join(written(thing) for way in ways for thing in way.everything())

    assert [len(way.tries) for way in ways] == [1] * len(ways)
    assert search.hits("what was made", shown) == []
    assert search.hits("the log", "\n".join(heard)) == []


@pytest.mark.parametrize("kind", sorted({*(name for name, (_, kind) in KINDS.items() if kind.probed), OWN}))
def test_what_a_vendor_repeats_is_no_verdict_that_a_key_is_dead(lab: Lab, transport: Transport, kind: str) -> None:
    """An answer that says everything at once, as a gateway's may, is not the vendor's word."""
    with lab.sample(kind) as sample:
        lab.gates[sample.vendor].answer = echo(501, *sample.secrets)
        result = gone(lab.config(), transport, sample.fields, kind, locator=sample.item).result

    assert result.validity == "unknown"


@on()
def test_no_value_shows_in_a_connection_that_works(ground: Ground, heard: list[str]) -> None:
    shown: list[str] = [repr(ground.config().providers)]
    with ground.connected() as provider:
        shown.append(written(provider.check()))
        for each in ground.listing(provider):
            shown.append(written(each))
            if isinstance(each, Item):
                payload = provider.read(each)
                shown += [written(payload), *(written(leaf) for leaf in unfold(payload))]
        shown += [written(line) for line in provider.diagnose()] if isinstance(provider, Diagnose) else []
        shown += [provider.least_privilege()] if isinstance(provider, Needs) else []
        shown += [written(thing) for thing in ours(provider, set())]
    search = Search(ground.canaries.items())

    assert search.hits("what was made", "\n".join(shown)) == []
    assert search.hits("the log", "\n".join(heard)) == []


@pytest.mark.parametrize("spoilt", ["shut", "refuse"])
@on()
def test_no_value_shows_in_a_connection_that_is_refused(ground: Ground, heard: list[str], spoilt: str) -> None:
    first = first_of(ground)
    getattr(ground, spoilt)()
    shown = everything_fails(ground, first)
    search = Search(ground.canaries.items())

    assert search.hits("what was made", "\n".join(shown)) == []
    assert search.hits("the log", "\n".join(heard)) == []


@on(lambda made: made.speaks_http)
def test_no_value_shows_where_a_gateway_repeats_our_own_request(ground: Ground, heard: list[str]) -> None:
    first = first_of(ground)
    shown = []
    with ground.connected() as provider:
        provider.check()
        assert ground.gate is not None
        for status in (200, 400, 403, 501):
            ground.gate.answer = echo(status)
            shown.append(failure(lambda: list(ground.listing(provider))))
            shown += [failure(lambda: provider.read(first))] if first else []
            shown += everything_fails(ground, first)
    search = Search(ground.canaries.items())

    assert search.hits("what was made", "\n".join(shown)) == []
    assert search.hits("the log", "\n".join(heard)) == []


@on(lambda made: made.use != "files")
def test_a_literal_where_a_reference_belongs_is_refused_and_not_repeated(ground: Ground) -> None:
    literal = re.sub(r"(?:file|env):[^\"]+", "sk-canary-4711", ground.tables())

    problems = Registry(PLUGINS).check(parse(literal, {}, "credwatch.toml"))

    assert "a literal value is refused" in "\n".join(problems)
    assert "canary" not in json.dumps(problems)


def first_of(ground: Ground) -> Item | None:
    """Something to read later."""
    with ground.connected() as provider:
        return next((each for each in ground.listing(provider) if isinstance(each, Item)), None)


def everything_fails(ground: Ground, item: Item | None) -> list[str]:
    """What a new connection says to everything that may be asked of it."""
    with ground.connected() as provider:
        asked: list[Callable[[], Any]] = [provider.check, lambda: list(ground.listing(provider))]
        asked += [lambda: list(provider.diagnose())] if isinstance(provider, Diagnose) else []
        asked += [lambda: provider.read(item)] if isinstance(provider, Store) and item else []
        return [failure(each) for each in asked] + [written(thing) for thing in ours(provider, set())]
