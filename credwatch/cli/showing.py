"""show: all that is known of one credential."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import click

from credwatch.assess import clocks
from credwatch.cli.app import App, json_option
from credwatch.cli.meant import NOT_ONE, one_of
from credwatch.cli.phrases import at, because, date, head_tail, length, plural, title
from credwatch.cli.render import as_data, document, say, wrapped
from credwatch.cli.rotating.standing import stands
from credwatch.config.rules import environments
from credwatch.findings import Finding, Found
from credwatch.ledger.queries.ahead import Named
from credwatch.ledger.queries.detail import Detail
from credwatch.ledger.queries.detail import detail as detail_of
from credwatch.ledger.queries.joined import of_one
from credwatch.ledger.queries.rotating import under_way
from credwatch.ledger.standings import Standing
from credwatch.model import NEVER, ClockName, Held, Level, Policy, Revoke, Status

_LABEL = 12
_PLACES = 10

_FOUND = {
    Finding.ORPHAN: "no store holds it, so nobody can rotate it",
    Finding.GHOST: "its vendor's list does not show it",
    Finding.TWIN: "one key in {count} places: a rotation has to write them all",
    Finding.MIRROR: "{places} is written by a controller, not by hand",
    Finding.SHARED: "the same value in {detail}",
    Finding.HALF_PAIR: "{places} is half of a pair: {detail}",
    Finding.PERSONAL: "bound to one person's account{by}: it dies with it",
    Finding.UNOWNED: "nobody owns it: a rule with owner = … says who",
    Finding.UNRECOGNISED: "no vendor claims it, so it was sent nowhere; an [[identify]] line says what it is",
}
_ENDS = {
    ClockName.HARD: ("expires", "expired"),
    ClockName.IDLE: ("is removed unless it is used by", "was to be removed, unused, by"),
    ClockName.DELETION: ("is deleted from its store", "was to be deleted from its store"),
    ClockName.DUE: ("is to be rotated by its store", "was to be rotated by its store"),
}


@click.command("show")
@click.argument("which", metavar="PLACE_OR_ID")
@json_option
@click.pass_obj
def show_command(app: App, which: str, *, as_json: bool) -> int:
    """All that is known of one credential. Any ending of its place will do, or its id, when only one fits."""
    now = app.now()
    with app.ledger(read_only=True) as ledger:
        credential = one_of(ledger, which)
        if credential is None:
            return NOT_ONE
        detail = detail_of(ledger, credential, now)
        found = of_one(ledger, credential, environments(app.config, now))
        rotation = under_way(ledger).get(credential)
    if detail is None:
        return NOT_ONE
    if as_json:
        document({**as_data(detail), "findings": found, "next": _next(detail, now), "rotation": rotation})
        return 0
    under = [] if rotation is None else [rotation.id, stands(rotation, now), f"credwatch rotations show {rotation.id}"]
    for line in (*_head(detail, now, app.config.timezone), *_line("rotation", under), *_body(detail, found, now)):
        say(line)
    return 0


def _head(detail: Detail, now: datetime, zone: tzinfo) -> Iterator[str]:
    key = detail.key
    place = key.places[0] if key.places else next((one.place for one in detail.listed), "")
    named = Named(key.id, key.kind, key.title, key.vendor_name, key.name, key.key_id, place)
    public = head_tail(key.key_id) if key.key_id and key.name else ""
    ends = _day(key.deadline, now, zone) if key.kind == "deadline" and key.deadline else _ends(detail, now)
    yield from wrapped("", [title(named), public, key.id, _stands(detail, now), ends], indent=2)


def _stands(detail: Detail, now: datetime) -> str:
    key, tried = detail.key, detail.key.tried
    if key.status in (Status.GONE, Status.UNWATCHED):
        return "gone" if key.status is Status.GONE else "no longer watched"
    if key.kind == "deadline":
        return ""
    if tried is None or detail.standing is Standing.NOT_TRIED:
        return "not tried"
    facts = [at(tried.at, now), f"{tried.latency // timedelta(milliseconds=1)} ms"]
    if detail.standing not in (Standing.WORKS, Standing.LIMITED):
        facts = [at(tried.at, now), tried.detail, because(detail.standing, tried.reason)]
    return f"{detail.standing} ({', '.join(fact for fact in facts if fact)})"


def _ends(detail: Detail, now: datetime) -> str:
    key = detail.key
    real = [clock for clock in detail.memory.clocks if clock.clock is not ClockName.POLICY]
    if real:
        clock = min(real, key=lambda one: one.deadline)
        coming, past = _ENDS[clock.clock]
        over = clock.deadline <= now
        when = f"{past if over else coming} {_whole(clock.deadline)}"
        left = f"{length(now - clock.deadline)} ago" if over else f"in {length(clock.deadline - now)}"
        read = f", {at(key.listed_at, now)}" if key.listed_at and clock.source.endswith("list") else ""
        return f"{when}, {left} ({clock.source}{read})"
    if detail.memory.facts.expires == NEVER:
        return f"never expires ({detail.memory.expires_source})"
    age = next((clock for clock in detail.memory.clocks if clock.clock is ClockName.POLICY), None)
    if age is None:
        return "has no date"
    old = f"{(now - (age.deadline - age.life)).days:,} days old ({age.source})"
    return f"has no date; {old}, its rule says {age.life.days:,}"


def _day(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A day that a person wrote down is one in their zone: elsewhere its first moment may be of the day before."""
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    days = (day - today).days
    far = "today" if not days else f"in {plural(days, 'day')}" if days > 0 else f"{plural(-days, 'day')} ago"
    return f"{day:%a} {day.day} {day:%b %Y}, {far}"


def _whole(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}"


def _body(detail: Detail, found: Sequence[Found], now: datetime) -> Iterator[str]:
    key = detail.key
    more = len(key.places) - _PLACES
    places = [*_places(detail, now), f"and {more} more: credwatch list" if more > 0 else ""]
    yield from _line("places", places)
    yield from _line("owner", _owner(detail))
    yield from _line("breaks", [key.impact, key.runbook])
    yield from _line("note", [key.note, key.link])
    for incident in detail.open:
        taken = (
            f"{incident.acked_by} has it since {at(incident.acked_at, now)}" if incident.acked_at else "nobody has it"
        )
        snoozed = incident.snoozed_until
        silent = f"silent until {at(snoozed, now)}" if snoozed is not None and snoozed > now else ""
        words = incident.step.replace("_", " ")
        yield from _line("open", [f"{incident.id} {words} since {at(incident.opened_at, now)}", taken, silent])
    yield from _line("told", [*_told(detail, now), f"next: {_next(detail, now)}"])
    yield from _line("may", [", ".join(sorted(detail.memory.facts.scopes or ()))])
    yield from _line("history", _history(detail, now))
    for one in found:
        yield from _line("found", [_finding(one)])


def _line(label: str, parts: Iterable[str]) -> Iterator[str]:
    return wrapped(f"  {label:<{_LABEL - 2}}", parts)


def _places(detail: Detail, now: datetime) -> Iterator[str]:
    held = [one for one in detail.memory.held if one.ended_at is None]
    for one in sorted(held, key=lambda one: one.place)[:_PLACES]:
        yield f"{one.place}{_about(one)}"
    for listed in detail.listed:
        if listed.ended_at is not None:
            yield f"{listed.place} (on no list since {date(listed.ended_at, now)})"
        elif not held:
            yield f"{listed.place} (only its vendor's list, {at(listed.seen_at, now)})"
    if not held and not detail.listed:
        for one in detail.memory.held:
            ended = f"{one.ended} {date(one.ended_at, now)}" if one.ended_at else ""
            yield f"{one.place} ({ended})"


def _about(held: Held) -> str:
    version = held.version if len(held.version) <= 12 else f"{held.version[:4]}…"
    facts = [
        f"version {version}" if version else "",
        f"copied from {held.mirror_of}" if held.mirror_of else "",
        f"without its {' and '.join(sorted(held.missing))}" if held.missing else "",
    ]
    said = ", ".join(fact for fact in facts if fact)
    return f" ({said})" if said else ""


def _owner(detail: Detail) -> Iterator[str]:
    """Who and what, each with who said it."""
    policy = detail.policy
    if policy is None:
        yield "not judged yet: credwatch sweep"
        return
    yield f"{policy.owner}{_by(policy, 'owner')}"
    yield f"{policy.environment}{_by(policy, 'environment')}"
    if detail.key.kind != "deadline":
        yield _rotation(policy)
        page = "never" if policy.page is None else f"at {_span(policy.page)}"
        yield f"page {page}{_by(policy, 'page')}"
    if policy.max_age is not None and any(clock.clock is ClockName.POLICY for clock in detail.memory.clocks):
        yield f"max age {_span(policy.max_age)}{_by(policy, 'max_age')}"
    if policy.ignore:
        yield f"silent: {policy.ignore}{_by(policy, 'ignore')}"
    for place, owner in policy.others.items():
        yield f"{place} belongs to {owner}"


def _rotation(policy: Policy) -> str:
    """`rotate auto at 21 d (rule, line 168)`; what nobody turned on is not told."""
    if policy.rotate == "off":
        return "" if policy.said_by.get("rotate", "default") == "default" else f"rotate off{_by(policy, 'rotate')}"
    start = f" at {_span(policy.rotate_at)}" if policy.rotate == "auto" and policy.rotate_at is not None else ""
    parts = [f"rotate {policy.rotate}{start}{_apart(policy, 'rotate', 'rotate_at' if start else 'rotate')}"]
    parts += [f"for {_span(policy.expires)}{_by(policy, 'expires')}"] if policy.expires is not None else []
    parts += [f"revoke {policy.revoke}{_by(policy, 'revoke')}"] if policy.revoke is not Revoke.ASK else []
    return ", ".join(parts)


def _apart(policy: Policy, *fields: str) -> str:
    """Who said these, each once."""
    said = dict.fromkeys(by for field in fields if (by := policy.said_by.get(field, "")))
    return f" ({' + '.join(said)})" if said else ""


def _by(policy: Policy, field: str) -> str:
    said = policy.said_by.get(field, "")
    return f" ({said})" if said else ""


def _span(of: timedelta) -> str:
    return f"{of.days} d" if of >= timedelta(days=1) else length(of)


def _told(detail: Detail, now: datetime) -> Iterator[str]:
    if not detail.told:
        yield "nothing yet"
    for told in detail.told:
        level = "page" if told.level is Level.PAGE else "all-clear" if told.level is Level.RESOLVED else "warning"
        step = told.step.partition(":")[0].replace("_", " ")
        what = length(told.rung) if told.rung is not None and told.rung > timedelta(0) else step
        yield f"{date(told.at, now)} {told.at.astimezone(UTC):%H:%M} {level}, {what} → {told.channel}"


def _next(detail: Detail, now: datetime) -> str:
    """The next step that the rules know of."""
    if detail.policy is None or detail.key.status in (Status.GONE, Status.UNWATCHED):
        return "nothing"
    if detail.policy.ignore:
        return "nothing, a rule keeps it silent"
    readings = clocks.read(detail.memory, detail.policy, now)
    steps = [(clocks.next_rung(reading, now), reading) for reading in readings if reading.rungs]
    begins = _begins(detail.policy, readings)
    if begins is not None and now < begins <= min((when for when, _ in steps), default=begins):
        return f"{date(begins, now)} rotation"
    if not steps:
        return "nothing is due"
    when, reading = min(steps, key=lambda step: step[0])
    rung = reading.clock.deadline - when
    loud = reading.page is not None and rung <= reading.page
    aged = reading.clock.clock is ClockName.POLICY
    what = length(rung) if rung > timedelta(0) else "older than its rule" if aged else "its date has come"
    soon = at(when, now) if when - now < timedelta(days=2) else date(when, now)
    return f"{soon} {'page' if loud else 'warning'}, {what}"


def _begins(policy: Policy, readings: Sequence[clocks.Reading]) -> datetime | None:
    """When a rule begins to replace it: so long before the date that rules."""
    if policy.rotate != "auto" or policy.rotate_at is None or not readings:
        return None
    ruling = readings[0].clock
    return None if ruling.clock is ClockName.DELETION else ruling.deadline - clocks.ahead(policy.rotate_at, ruling.life)


def _history(detail: Detail, now: datetime) -> Iterator[str]:
    facts = detail.memory.facts
    by = f" by {facts.creator}" if facts.creator else ""
    if facts.created is not None:
        yield f"{date(facts.created, now)} made{by}"
    else:
        yield f"{date(detail.memory.first_seen, now)} first seen{by and f', made{by}'}"
    if facts.last_used is not None:
        yield f"last used {at(facts.last_used, now)}"
    for spell in detail.spells:
        lasted = f"for {length(spell.until - spell.since)}" if spell.until else "and still is"
        word = "refused" if spell.status is Status.INVALID else spell.status.value
        yield f"{date(spell.since, now)} {word} {lasted}"
    yield plural(detail.refusals, "refusal")


def _finding(found: Found) -> str:
    return _FOUND[found.finding].format(
        count=len(found.places),
        places=", ".join(found.places),
        detail=found.detail,
        by=f", {found.detail}'s" if found.detail else "",
    )
