"""Libraries imported, and nothing else: `python -m bench.bare.libraries FILE` takes their names from it, one a line."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from pathlib import Path


def main(names: Path) -> None:
    """One after the other; what some library only tried to import is left out here too."""
    for name in names.read_text(encoding="utf-8").split():
        with suppress(ImportError):
            importlib.import_module(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
