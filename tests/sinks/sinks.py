"""Every sink, in one line each: a name goes in, and comes out as the sink's own reader has it."""

from __future__ import annotations

import io
import json
import logging
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, unquote_to_bytes

from prometheus_client.parser import text_string_to_metric_families

from credwatch.alerts.words import Words
from credwatch.cli import render
from credwatch.cli.drafting import toml
from credwatch.config.places import matches
from credwatch.contract import Payload, Secret
from credwatch.fields import unfold
from credwatch.identify import place_of
from credwatch.ledger.queries.health import Provider
from credwatch.ledger.queries.naming import concerned, find
from credwatch.ledger.queries.overview import Overview
from credwatch.ledger.queries.rotating import Figures
from credwatch.log import JsonLines, Terminal, escape_control, typed
from credwatch.web.metrics import Reading
from credwatch.web.page import html
from tests.ledger.world import MINUTE, START, World, seen
from tests.sinks import slack
from tests.sinks.names import exact, half_numbered, held, in_code, in_json, in_slack, numbered
from tests.sinks.readers import TAGS, Cells, OnATerminal, one_json, one_line, printed

Through = Callable[[str], str]


@dataclass(frozen=True)
class Sink:
    """Where names go."""

    through: Through
    """A name, written and read again."""
    carries: Through = exact
    """What has to come out."""


def line(name: str) -> str:
    return one_line(printed(lambda: render.say(name)))


def cell(name: str, stream: io.StringIO) -> str:
    """Between two others, so that spaces around it count."""
    columns = [render.Column(""), render.Column(""), render.Column("")]
    render.table(columns, [("|", f"x{name}x", "|")], stream)
    _title, row = stream.getvalue().splitlines(keepends=True)
    return one_line(row).removeprefix("|  x").removesuffix("x  |")


def fact(name: str) -> str:
    first, *more = render.wrapped("head  ", ["one", f"x{name}x"], indent=0)
    last = more[0] if more else first.partition(render.DOT)[2]
    return one_line(f"{last}\n")[1:-1]


def document(name: str) -> str:
    told = one_json(printed(lambda: render.document({name: [name]})))
    ((as_key, (as_value,)),) = told.items()
    assert as_key == as_value
    return str(as_value)


def documents(name: str) -> str:
    return str(one_json(printed(lambda: render.documents([{"name": name}])))[0]["name"])


def record(name: str, **more: str) -> logging.LogRecord:
    made = logging.LogRecord("credwatch", logging.INFO, __file__, 1, "key %s", (name,), None)
    made.__dict__.update(more)
    return made


def log_line(name: str) -> str:
    told = one_json(JsonLines().format(record(name, place=name)))
    assert told["place"] == told["message"].removeprefix("key ")
    return str(told["place"])


def log_on_a_terminal(name: str) -> str:
    return one_line(Terminal().format(record(name)) + "\n").partition(" key ")[2]


def console(name: str) -> str:
    return one_line(Words(("Page: ", name)).plainly() + "\n").removeprefix("Page: ")


def health(name: str) -> Overview:
    """A connection of this name."""
    provider = Provider(name, "vault", START, START, None, 0, None, None, 1)
    return Overview((provider,), (), {}, (), 0, (), {}, 0, None)


def page(name: str) -> str:
    reader = Cells()
    reader.feed(html(health(name), lambda _name: MINUTE, START))
    assert reader.tags <= TAGS
    assert reader.attributes <= {("class", "bad")}
    return reader.texts[reader.texts.index("latency") + 2]


def metric(name: str) -> str:
    text = Reading(health(held(name)), b"", Figures({}, (), 0, paused=False), writes=True).text().decode()
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    (up,) = (each for each in samples if each.name == "credwatch_provider_up")
    assert "evil" not in {each.name for each in samples}
    return up.labels["provider"]


@cache
def world() -> World:
    """One that remembers every name that went into it."""
    return World()


def ledger(name: str) -> str:
    world().sweep(seen("vault:kv/x#K", "f", key="SK1", name=name))
    return str(world().one("select name from credential where key_id = 'SK1'"))


def place_in_the_ledger(name: str) -> str:
    written = place_of("vault", f"kv/{name}", "K")
    world().sweep(seen(written, "g", key="SK2"))
    (meant,) = find(world().ledger, written)
    assert concerned(world().ledger, meant.place).known
    return meant.place.removeprefix("vault:kv/").removesuffix("#K")


def audit(name: str) -> str:
    number = world().ledger.audit(name, "acked", name, detail=name, now=START)
    assert world().ledger.verify_audit() is None
    (row,) = world().rows("select who, subject, detail from audit where seq = ?", number)
    assert len(set(row.values())) == 1
    return str(row["who"])


def place(name: str) -> str:
    """A field's name in a place, which as a pattern means itself alone."""
    (leaf, other) = unfold(Payload({name: Secret("v"), f"{name}x": Secret("v")}))
    written = place_of("vault", "kv/x", leaf.name)
    assert matches(written, written)
    assert not matches(written, place_of("vault", "kv/x", other.name))
    head, mark, field = written.rpartition("#")
    assert (head, mark) == ("vault:kv/x", "#")
    return unquote_to_bytes(field.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def nested_place(name: str) -> str:
    text = json.dumps({"a": {name: "v"}})
    (leaf,) = unfold(Payload({"": Secret(text)}))
    return unquote(leaf.name.partition(".")[2], errors="surrogatepass")


def setting(name: str) -> str:
    (read_name, read_value) = next(iter(tomllib.loads(f"it = {toml({name: [name]})}\n")["it"].items()))
    assert read_value == [read_name]
    return str(read_name)


def comment(name: str) -> str:
    text = f"# {escape_control(name)}\nit = 1\n"
    assert tomllib.loads(text) == {"it": 1}
    return text.splitlines()[0].removeprefix("# ")


SINKS = {
    "a line": Sink(line, numbered),
    "a cell, piped": Sink(lambda name: cell(name, io.StringIO()), numbered),
    "a cell on a terminal": Sink(lambda name: cell(name, OnATerminal()), numbered),
    "a fact of several": Sink(fact, numbered),
    "typed as it was shown": Sink(lambda name: typed(line(name)), typed),
    "--json": Sink(document, in_json),
    "--json, streamed": Sink(documents, in_json),
    "the log": Sink(log_line, numbered),
    "the log on a terminal": Sink(log_on_a_terminal, numbered),
    "Slack, first line": Sink(slack.head, in_slack),
    "Slack, a line": Sink(slack.line, in_slack),
    "Slack, bold": Sink(slack.strong, in_slack),
    "Slack, struck": Sink(slack.struck, in_slack),
    "Slack, code": Sink(slack.code, in_code),
    "Slack, a link's words": Sink(slack.label, in_slack),
    "Slack, a link's address": Sink(slack.address, slack.in_an_address),
    "Slack, the reference": Sink(slack.reference, in_slack),
    "the console's message": Sink(console, in_code),
    "the page": Sink(page, numbered),
    "the metrics": Sink(metric, held),
    "the ledger": Sink(ledger, held),
    "the ledger's places": Sink(place_in_the_ledger, held),
    "the audit log": Sink(audit, held),
    "a place": Sink(place),
    "a nested place": Sink(nested_place, in_json),
    "the configuration": Sink(setting, half_numbered),
    "a comment in the configuration": Sink(comment, numbered),
}
