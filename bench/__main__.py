"""`python -m bench`: every row, or one of them; a table, and the same as JSON."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import plot
from bench.figures import Figure, document, table
from bench.machine import line, machine
from bench.row import Bench
from bench.rows import ROWS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write. 0 whether or not a goal is missed: the table says so."""
    asked = _arguments(arguments)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as whole:
            for name in [asked.only] if asked.only else ROWS:
                folder = Path(whole) / name
                folder.mkdir()
                figures += ROWS[name](Bench(folder, quick=asked.quick, say=_saying(name)))
    except KeyboardInterrupt:
        return 130
    finally:
        _clear()
    sys.stdout.write("\n".join([*table(figures), "", line(), ""]))
    whole_run = not (asked.only or asked.quick)
    if out := asked.out or (plot.RESULTS if whole_run else None):
        out.write_text(document(figures, machine(), datetime.now(UTC)), encoding="utf-8")
    if out == plot.RESULTS:
        plot.main()
    return 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description="What the watch costs, beside bare loops.")
    parser.add_argument("--only", choices=list(ROWS), help="this row alone")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether every row works, not how fast")
    parser.add_argument(
        "--out", type=Path, help=f"where the JSON goes; a whole run's goes to {plot.RESULTS.name} beside this"
    )
    return parser.parse_args(given)


def _saying(row: str) -> Callable[[str], None]:
    """A line on a terminal that says how far it is."""
    began = time.monotonic()

    def say(what: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{row}, {time.monotonic() - began:.0f} s: {what}")
            sys.stderr.flush()

    return say


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


if __name__ == "__main__":
    sys.exit(main())
