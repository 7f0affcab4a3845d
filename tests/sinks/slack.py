"""The ways into a message in Slack, each read again by its markup."""

from __future__ import annotations

from collections.abc import Callable

from credwatch.alerts import mrkdwn
from credwatch.alerts.words import Code, Link, Span, Strong, Struck, Words
from tests.sinks.mrkdwn import read
from tests.sinks.names import in_code, numbered


def shows(*acts: tuple[str, str]) -> Callable[[str], str]:
    """What Slack shows of its markup, in which nothing else may happen than this."""

    def through(markup: str) -> str:
        found = read(markup)
        assert sorted(found.acts) == sorted(acts), markup
        return found.text

    return through


def below(lines: tuple[Span, ...] = (), reference: str = "") -> str:
    """What stands below the first line."""
    block = mrkdwn.blocks(Words(("it",), (lines,) if lines else (), reference))[1]
    return str(block["text"]["text"] if "text" in block else block["elements"][0]["text"])


def head(name: str) -> str:
    markup = mrkdwn.blocks(Words(("Page: ", name, " is dead")))[0]["text"]["text"]
    return shows(("sign", "*"), ("sign", "*"))(markup).removeprefix("Page: ").removesuffix(" is dead")


def line(name: str) -> str:
    return shows()(below(("by ", name, " now"))).removeprefix("by ").removesuffix(" now")


def reference(name: str) -> str:
    return shows()(below(reference=name))


def strong(name: str) -> str:
    return shows(("sign", "*"), ("sign", "*"))(mrkdwn.render((Strong((name,)),)))


def struck(name: str) -> str:
    return shows(("sign", "~"), ("sign", "~"))(mrkdwn.render((Struck(name),))).removesuffix(" ")


def code(name: str) -> str:
    return shows(("code", in_code(name)))(mrkdwn.render((Code(name),)))


def label(name: str) -> str:
    return shows(("link", "https://wiki.example.com/"))(mrkdwn.render((Link("https://wiki.example.com/", name),)))


def address(name: str) -> str:
    ((kind, where),) = read(mrkdwn.render((Link(f"https://wiki.example.com/{name}", "Runbook"),))).acts
    assert kind == "link"
    assert not {" ", "|"} & set(where)
    return where.removeprefix("https://wiki.example.com/")


def in_an_address(name: str) -> str:
    """As in code, and nothing in it ends the address."""
    return numbered(name).replace("`", "'").replace("|", "%7C").replace(" ", "%20")
