"""Somebody's working directory beside local vendors, and `credwatch check` there."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

from credwatch.cli import main
from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.scene import Scene
from tests.cli.scene import HandClock


class Hand(HandClock):
    """A wait is always over when it ends, however little of it a clock in microseconds can show."""

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return super().wait(seconds + 0.001, stop)


class Desk:
    """Somebody's working directory beside a scene; its clock is still at NOW, and no answer takes any time."""

    def __init__(self, folder: Path, scene: Scene, clock: Hand) -> None:
        self.folder, self.scene, self.clock = folder, scene, clock
        self.account = scene.twilio.open("voice").sid
        scene.deepgram.projects["p-1"] = "voice"
        scene.elevenlabs.accounts["sa-1"] = "tts"
        scene.openai.projects["proj"] = "voice"
        self.configure(scene.issuers())

    def configure(self, text: str) -> None:
        (self.folder / "credwatch.toml").write_text(text)

    def file(self, name: str = ".env", **fields: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'{field}="{value}"\n' for field, value in fields.items()))

    def twilio(self) -> Key:
        return self.scene.twilio.issue("voice", self.account)

    def deepgram(self, name: str = "voice", **more: Any) -> Key:
        return self.scene.deepgram.issue(name, "p-1", **more)

    def refused(self) -> Key:
        key = self.scene.openai.issue("voice", "proj")
        key.state = State.DELETED
        return key

    def asked(self) -> int:
        """How many requests the vendors have seen."""
        return sum(len(self.scene.servers[name].requests) for name in ("twilio", "deepgram", "elevenlabs", "openai"))

    def check(self, *words: str) -> int:
        return main(["--config", "credwatch.toml", "check", *words], clock=self.clock)


def lines(text: str) -> list[str]:
    """What was printed, ports taken out."""
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", text).splitlines()
