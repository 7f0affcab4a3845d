"""A folder of files that is watched, one of which holds a key that works: what is bad beside it costs only itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.bad_input.hand import Done, Hand, held

GOOD = "good.env"


@dataclass
class Shelf:
    """What a test puts bad things into."""

    hand: Hand
    vendor: str
    """The address at which keys are tried."""
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        self.path.mkdir()
        self.put(GOOD, f"DEEPGRAM_API_KEY={self.key}\n")

    @property
    def path(self) -> Path:
        """The folder."""
        return self.hand.folder / "shelf"

    def put(self, name: str | bytes, content: str | bytes) -> None:
        """A file."""
        raw = content.encode() if isinstance(content, str) else content
        (self.path / (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape"))).write_bytes(raw)

    def configure(self, more: str = "") -> None:
        """The folder is watched."""
        self.hand.configure(
            f'[issuers.deepgram]\nbase_url = "{self.vendor}"\n'
            f'[providers.shelf]\nuse = "files"\npaths = ["{self.path}"]\n{more}'
        )

    def sweep(self) -> Done:
        """One look."""
        return self.hand("sweep", "--no-settle")

    def held(self) -> list[str]:
        """The places that are known to hold something now, below the folder."""
        return [place.removeprefix(f"shelf:{self.path}/") for place in held(self.hand)]
