"""Everything that a person, cron or the daemon would run, while vendors, channels and the ledger fail."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from credwatch.sandbox.keys import State
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Server
from credwatch.sandbox.slack import Failure
from tests.end_to_end.world import PYTHON, Moved
from tests.leaks.canaries import literal, mount, sow, tables
from tests.leaks.clouds import clouds, installed, logins
from tests.leaks.gateway import Gateway, Received
from tests.leaks.stack import PATHS, Stack
from tests.leaks.stranger import tables as stranger
from tests.servers.wallclock import Wallclock

LATER = timedelta(minutes=16)
"""Every provider is due again."""
SHOWN = ("kv/voice/2#DEEPGRAM_API_KEY", "leaky-0:shelf/3#KEY")


@contextmanager
def stack_of(folder: Path) -> Iterator[Stack]:
    """A stack of canaries over which everything was run."""
    clock = Moved()
    with Scene(clock) as scene, Server(Gateway()) as gateway:
        received = Received(scene.slack)
        with Server(received) as slack:
            made = Stack(folder, scene, clock, Wallclock(folder), slack=received)
            made.addresses[scene.servers["slack"].url] = slack.url
            made.environment["PYTHONPATH"] = str(installed(folder))
            sow(scene, made.canaries)
            mount(made.canaries, folder)
            with clouds(made) as cloudy:
                own = "".join((*tables(scene, made.canaries, folder, gateway), *stranger(made.canaries, folder)))
                made.more = own + cloudy
                run(made, gateway.url)
                yield made


def run(stack: Stack, gateway: str) -> None:
    """All of it; what can wait for the other runs beside it."""
    configured(stack)
    completed(stack)
    stack.talk("sweep", "--no-settle", "--json")
    recover(stack)
    stack.move(LATER)
    known = stack.canaries.made("somebody's, in no request", 30)
    stack.served("run", [*asked(stack)], f"{known} / {known}\r\n{known}\r\n\r\n".encode())
    stack.scene.slack.fail(Failure("server_error"), Failure("garbled"), Failure("error", "invalid_auth"))
    stack.at_once(("deliver",), *questions())
    stack.move(LATER)
    stack.at_once(("deliver",), *answers(stack))
    behind(stack, gateway)
    for signals in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM,), (signal.SIGABRT,), (signal.SIGSEGV,)):
        stack.struck(*signals)
    stack.struck(signal.SIGKILL)
    logins(stack)
    stack.collect()
    broken(stack)
    os.sync()


def configured(stack: Stack) -> None:
    """What is said of configurations, of which one holds secrets itself, and of an environment that does."""
    stack.talk("config", "check")
    wrong = literal(stack.canaries, stack.folder)
    for command in ("config check", "config check --json", "sweep", "deliver"):
        stack.talk(*command.split(), config=wrong)
    secrets = {
        name: stack.canaries.made(f"in the environment, {name}", 30) for name in ("VAULT_TOKEN", "SLACK_BOT_TOKEN")
    }
    secrets["VAULT_ADDR"] = (
        f"https://user:{stack.canaries.made('in the environment, an address', 24)}@vault.example.com"
    )
    with stack.unwatched():
        stack.hear(stack.command("init", "--path", str(stack.own["work"] / "made.toml")), secrets)
        stack.hear(stack.command("init", "--path", "made.toml"), secrets)


def recover(stack: Stack) -> None:
    """Nobody is down any more."""
    scene = stack.scene
    for vendor in (scene.twilio, scene.deepgram, scene.elevenlabs, scene.openai):
        for each in vendor.keys:
            if each.state in {State.DOWN, State.RATE_LIMITED}:
                each.state = State.ALIVE


def asked(stack: Stack) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every page, and what somebody asks who knows a secret and wants to hear it again."""
    known = stack.canaries.made("somebody's, in a request", 30)
    for path in PATHS:
        yield "GET", path, {}
        yield "GET", f"{path}?after={known}&token={known}", {"authorization": f"Bearer {known}", "x-key": known}
        yield "POST", path, {"x-key": known}
        yield "POST", path, {"x-key": known, "transfer-encoding": "chunked"}
        yield "HEAD", path, {}
    yield "GET", f"/{known}", {}
    yield "GET", "/", {"host": f"{known}.example.com"}
    yield "GET", "/", {"x-key": known * 400}
    yield "BREW", f"/{known}/", {}


def questions() -> Iterator[tuple[str, ...]]:
    """Everything that can be asked while nothing is changed."""
    for command in ("status", "list --all", "history", "doctor"):
        yield tuple(command.split())
        yield (*command.split(), "--json")
    for place in SHOWN:
        yield ("show", place, "--json")
        yield ("show", place)
    for name in ("vault-prod", "aws-prod", "gcp-voice", "leaky-0", "leaky-10", "leaky-27"):
        yield ("doctor", "--policy", name)
    yield ("doctor", "--egress")
    yield ("deliver", "--dry-run", "--json")


def answers(stack: Stack) -> Iterator[tuple[str, ...]]:
    """What people do, and what a person tries who has just come."""
    held = stack.folder / "mounted"
    yield ("check", str(held), "--json")
    for path in (held / ".env", held / "broken.json", stack.folder / "held-by-leaky"):
        yield ("check", str(path))
    yield ("ack", f"vault-prod:{SHOWN[0]}", "--by", "ana")
    yield ("snooze", f"vault-prod:{SHOWN[0]}", "3d", "--by", "ana")
    yield ("alert", "--test", "--json")
    yield ("--help",)
    yield ("init", "slack-app")
    yield ("demo",)


def behind(stack: Stack, gateway: str) -> None:
    """The same, where everybody that we ask repeats what we sent: stores, vendors, lists and Slack."""
    path = stack.folder / "behind.toml"
    text = re.sub(r"http://127\.0\.0\.1:\d+", gateway, stack.config.read_text())
    path.write_text(text.replace(str(stack.data), str(stack.folder / "data-behind")))
    for command in ("sweep --no-settle", "doctor", "alert --test", "status", "list --json"):
        stack.talk(*command.split(), config=path)
    stack.talk("deliver", config=path, stop=5)


def broken(stack: Stack) -> None:
    """The same, with a ledger that is damaged in its midst, and one that is none."""
    for name, damage in {"damaged": 4096, "none": 0}.items():
        data, path = stack.folder / f"data-{name}", stack.folder / f"{name}.toml"
        shutil.copytree(stack.data, data)
        octets = (data / "credwatch.db").read_bytes()
        (data / "credwatch.db").write_bytes(octets[:damage] + b"\xff" * (len(octets) - damage))
        path.write_text(stack.config.read_text().replace(str(stack.data), str(data)))
        for command in ("sweep --no-settle", "list", "deliver", "doctor", "history --json"):
            stack.talk(*command.split(), config=path)


def completed(stack: Stack) -> None:
    """What a shell is offered."""
    for shell in ("bash", "zsh", "fish"):
        asked = {"_CREDWATCH_COMPLETE": f"{shell}_complete", "COMP_WORDS": "credwatch show ", "COMP_CWORD": "2"}
        stack.hear([PYTHON, "-c", "from credwatch.cli import main; main()"], asked)
