"""The status page: one HTML document without scripts, links or pictures. Every name in it is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from credwatch.ledger.queries.health import Provider
from credwatch.ledger.queries.overview import Credential, Overview, Vendor
from credwatch.log import escape_control
from credwatch.web.verdict import Every, complaints, late, short

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
h2 { margin-top: 2rem; }
.bad { color: #c62828; font-weight: 600; }
@media (prefers-color-scheme: dark) { .bad { color: #ff8a80; } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
}
"""Nothing may run or be loaded, whatever stands in the names."""

Cell = str | tuple[str, bool]
"""A text, and whether it is bad."""


def html(known: Overview, every: Every, now: datetime) -> str:
    """The whole document."""
    why = list(complaints(known, every, now))
    seen = known.sweep and f"last judged {short(known.sweep.closed_at)}, {_ago(now - known.sweep.closed_at)} ago"
    counts = ", ".join(f"{many} {status}" for status, many in known.statuses.items()) or "none known yet"
    parts = [
        _line("h1", "credwatch: all is well" if not why else f"credwatch: {_many(len(why), 'thing')} wrong"),
        _line("p", " · ".join([short(now), seen or "not judged yet", _undelivered(known.pending)])),
        *(_line("p", sentence, bad=True) for sentence in why),
        _line("p", f"Credentials: {counts}."),
        *_section("What fails", ("credential", "where", "since", "why", "owner"), _failing(known)),
        *_section("What is next", ("left", "date", "credential", "where", "owner"), _next(known.next, now)),
        *_section(
            "Connections", ("name", "state", "looked at", "listed", "latency"), _providers(known.providers, every, now)
        ),
        *_section("Vendors", ("name", "keys", "state", "slowest, 24 h"), _vendors(known.vendors)),
    ]
    return _DOCUMENT.format(style=_STYLE, body="\n".join(parts))


_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="60">
<title>credwatch</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _failing(known: Overview) -> Iterator[Sequence[Cell]]:
    for one in known.failing:
        yield (_called(one), _places(one), short(one.since), (one.reason or one.status or "", True), one.owner)
    if known.failures > len(known.failing):
        yield (f"and {known.failures - len(known.failing)} more: credwatch list shows them",)


def _next(credentials: Iterable[Credential], now: datetime) -> Iterator[Sequence[Cell]]:
    for one in credentials:
        if one.deadline is not None:
            yield (_ago(one.deadline - now), short(one.deadline), _called(one), _places(one), one.owner)


def _providers(providers: Iterable[Provider], every: Every, now: datetime) -> Iterator[Sequence[Cell]]:
    for one in providers:
        failed = f"not seen since {short(one.failed_since)}, {one.reason}" if one.failed_since else ""
        state = failed or ("nobody looks any more" if late(one, every, now) else "")
        yield (one.name, (state, True) if state else "seen", short(one.looked_at), str(one.listed), _ms(one.latency))


def _vendors(vendors: Iterable[Vendor]) -> Iterator[Sequence[Cell]]:
    for one in vendors:
        failed = f"silent since {short(one.failed_since)}, {one.reason}" if one.failed_since else ""
        counts = ", ".join(f"{many} {status}" for status, many in one.statuses.items())
        yield (one.title, str(sum(one.statuses.values())), (failed, True) if failed else counts, _ms(one.slowest))


def _section(title: str, heads: Sequence[str], rows: Iterator[Sequence[Cell]]) -> Iterator[str]:
    yield _line("h2", title)
    first = next(rows, None)
    if first is None:
        yield _line("p", "Nothing.")
        return
    yield "<table><tr>" + "".join(_line("th", head) for head in heads) + "</tr>"
    for row in (first, *rows):
        cells = (cell if isinstance(cell, tuple) else (cell, False) for cell in row)
        yield "<tr>" + "".join(_line("td", text, bad=bad) for text, bad in cells) + "</tr>"
    yield "</table>"


def _line(tag: str, text: str, *, bad: bool = False) -> str:
    """The one place where a text becomes HTML."""
    mark = ' class="bad"' if bad else ""
    return f"<{tag}{mark}>{escape(escape_control(text))}</{tag}>"


def _called(one: Credential) -> str:
    return f'{one.title} "{one.name}" {one.id}' if one.name else f"{one.title} {one.id}"


def _places(one: Credential) -> str:
    first, more = (one.places or ("nowhere",))[0], len(one.places) - 1
    return f"{first} and {more} more" if more > 0 else first


def _undelivered(pending: int) -> str:
    return f"{_many(pending, 'alert')} not delivered yet" if pending else "nothing undelivered"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _ago(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{max(seconds, 0)} s"


def _ms(latency: timedelta | None) -> str:
    return "" if latency is None else f"{latency / timedelta(milliseconds=1):.0f} ms"
