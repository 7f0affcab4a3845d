"""What a row is given: a folder of its own, how large to be, and a way to say how far it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bench:
    """One run of one row."""

    folder: Path
    quick: bool
    """Small sizes, once: it shows that the row works and says nothing about speed."""
    say: Callable[[str], None]

    def size(self, whole: int, quick: int) -> int:
        """How many, or how often."""
        return quick if self.quick else whole

    def config(self, name: str, text: str) -> Path:
        """A configuration with a data directory of its own, which is not there yet."""
        path = self.folder / f"{name}.toml"
        path.write_text(f'[daemon]\ndata = "{self.folder / name}"\n\n{text}', encoding="utf-8")
        return path

    @contextmanager
    def below(self, name: str) -> Iterator[Path]:
        """A folder that goes with the block."""
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=self.folder) as made:
            yield Path(made)
