"""`python -m credwatch` is `credwatch`: a process that does one thing and ends."""

import gc
import signal
import sys
from collections.abc import Callable


def run() -> int:
    """The exit code. Rubbish is looked for seldom, since little of it lies in circles, and not at all on the way out."""
    gc.set_threshold(10_000)
    try:
        return _loaded()()
    finally:
        gc.freeze()


def _loaded() -> Callable[[], int]:
    """The command line. Who is interrupted while it loads ends without a word: nothing has begun."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from credwatch.cli import main  # noqa: PLC0415  a signal can come before it is there

    if heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main


if __name__ == "__main__":
    sys.exit(run())
