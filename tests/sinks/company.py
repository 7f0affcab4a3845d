"""A company in which everything that somebody may name has every hostile name, and all that the program says of it."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import urllib3

from credwatch.cli.drafting import toml
from credwatch.config.addresses import Address
from credwatch.contract import Facts, Item, Payload, ProbeResult, Reason, Secret, Unlisted
from credwatch.fields import unfold
from credwatch.identify import place_of
from credwatch.ledger import Ledger
from credwatch.model import Sighting
from credwatch.web.book import Book
from credwatch.web.guard import Guard
from credwatch.web.probes import probes
from credwatch.web.serving import Face, Web
from credwatch.web.window import Window
from tests.cli.scene import DEEPGRAM, NOW, TWILIO, HandClock, Scene
from tests.sinks.names import HOSTILE, held

NAMES = tuple(HOSTILE.values())
MINUTE = timedelta(minutes=1)
ROUTES = ("/", "/health", "/api/v1/credentials", "/livez", "/readyz", "/metrics", "/<script>")


def encoded(name: str) -> str:
    """As stores write it in a locator."""
    return name.replace("%", "%25").replace("#", "%23").replace("*", "%2A")


def place(number: int) -> str:
    """Where the key of this name is: its item and its field are called so."""
    (leaf,) = unfold(Payload({NAMES[number]: Secret("v"), "": Secret("{}")}))[:1]
    return place_of("vault-prod", f"kv/{number}/{encoded(NAMES[number])}", leaf.name)


def config(slack: str, data: Path) -> str:
    """Owners, what breaks, where it is written, notes and links: as people write them."""
    lines = [
        f'[slack]\nbase_url = "{slack}/api/"\ntoken = "env:SLACK_TOKEN"\nwarnings = "#credentials"\n',
        'pages = "#voice-oncall"\n[defaults]\nowner = "platform"\n',
        '[providers.vault-prod]\nuse = "vault"\n[providers.deepgram]\nuse = "deepgram"\n',
        f"[daemon]\ndata = {toml(str(data))}\nephemeral = true\n",
    ]
    for number, name in enumerate(NAMES):
        lines.append(f'[[rules]]\nmatch = {{ place = "vault-prod:kv/{number}/**" }}\n')
        lines += [f"{key} = {toml(name)}\n" for key in ("owner", "impact", "runbook")]
        lines.append(f"[[deadlines]]\nname = {toml(f'{number} {name}')}\ndate = 2026-12-01\n")
        lines += [f"{key} = {toml(name)}\n" for key in ("note", "link")]
    return "".join(lines)


def everything(*, refused: bool) -> tuple[Sighting | Unlisted, ...]:
    """A key of each name in a store and in a vendor's list, and a folder that may not be listed."""
    seen: list[Sighting | Unlisted] = []
    for number, name in enumerate(NAMES):
        account, expires = f"{number} {name}", NOW + timedelta(days=2 if number % 2 else 20)
        facts = Facts(account=account, key_id=f"{name} {number}", name=name, creator=name, expires=expires)
        labels = {"credwatch-owner": name} if number % 3 == 0 else {"note": name}
        item = Item("vault-prod", f"kv/{number}/{encoded(name)}", version=name, labels=labels)
        tried = ProbeResult.invalid(detail=name) if refused and number % 4 == 0 else ProbeResult.valid(detail=name)
        tried = replace(tried, latency=timedelta(milliseconds=95))
        seen += [
            Sighting("vault-prod", place(number), DEEPGRAM, facts, item, f"fp{number}", tried),
            Sighting(
                "deepgram", f"deepgram:{account}/x{number}", TWILIO, replace(facts, key_id=f"x{number}", expires=None)
            ),
            Unlisted(name, Reason.FORBIDDEN, name),
        ]
    return tuple(seen)


def fit_for_a_path(name: str) -> str:
    """What a command line and a file system can hold of it."""
    return name.replace("\0", "")[:60].encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


@dataclass
class Company:
    """Its ledger, and what was said."""

    folder: Path
    slack: str
    said: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """A command to its exit code, its output and its complaints."""
    served: dict[str, bytes] = field(default_factory=dict)
    writes: bool = True
    """As a daemon says it."""

    def __post_init__(self) -> None:
        self.scene = Scene(self.folder)
        self.scene.path.write_text(config(self.slack, self.folder / "data"))
        self.scene.clock.at = NOW - 30 * MINUTE
        self.scene.sweep(*everything(refused=False))
        self.scene.clock.at = NOW - 10 * MINUTE
        self.scene.sweep(*everything(refused=True))
        self.scene.clock.at = NOW - 4 * MINUTE
        self.scene.sweep(*everything(refused=True), again=True)
        self.scene.clock.at = NOW

    def ask(self, *words: str) -> str:
        """A command; its output."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = self.scene.run(*words)
        self.said[" ".join(words)] = code, out.getvalue(), err.getvalue()
        return out.getvalue()

    def serve(self) -> None:
        """Every page, also where nothing is and when asked for what is none."""
        clock = HandClock(NOW)
        book = Book(lambda: Ledger.open(self.folder / "data", now=NOW, read_only=True))
        window, outside = Window(book, clock, lambda _name: 15 * MINUTE).app(), probes(book, self, clock)
        anywhere = Address("127.0.0.1", 0)
        with Web([Face("w", anywhere, Guard(window, local=True), 9), Face("p", anywhere, outside, 9)]) as web:
            for address in web.addresses:
                for path in ROUTES:
                    reply = urllib3.request("GET", f"http://{address}{path}", retries=False)
                    if reply.status != 404 or path not in self.served:
                        self.served[path] = reply.data
        book.shut()

    def alive(self) -> bool:
        return True

    def ready(self) -> bool:
        return True


def talk(company: Company) -> None:
    """Everything that can be asked."""
    for command in ("status", "list", "list --all", "history", "deliver --dry-run"):
        company.ask(*command.split())
        company.ask(*command.split(), "--json")
    company.ask("deliver", "--json")
    company.ask("config", "check")
    company.ask("alert", "--test")
    for number, name in enumerate(NAMES):
        company.ask("show", held(place(number)))
        company.ask("show", held(place(number)), "--json")
        company.ask("list", "--owner", name)
        company.ask("history", "--", f"nobody {name}")
        company.ask("snooze", held(place(number)), name)
        company.ask("ack", held(place(number)), "--by", name)
        company.ask(f"-{name}")
        company.ask("--config", f"{company.folder}/no{fit_for_a_path(name)}", "status")
    company.ask("status")
    company.ask("deliver")
    company.serve()
