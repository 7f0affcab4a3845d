"""`python -m credwatch` is `credwatch`: a process that does one thing and ends."""

import gc
import sys

from credwatch.cli import main


def run() -> int:
    """The exit code. Rubbish is looked for seldom, since little of it lies in circles, and not at all on the way out."""
    gc.set_threshold(10_000)
    try:
        return main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(run())
