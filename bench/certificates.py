"""1,000 PEM certificates, from a cold start to judged and recorded."""

from __future__ import annotations

from collections.abc import Iterator

from bench.children import MIB, Ended, bare, ours, run
from bench.figures import Figure, at_most, beside
from bench.pairs import by_turns
from bench.row import Bench

_CONFIG = """
[providers.here]
use   = "files"
paths = ["{files}"]
"""


def certificates(bench: Bench) -> Iterator[Figure]:
    """The time of a first sweep beside that of a process that does nothing but load them."""
    count, times = bench.size(1_000, 20), bench.size(7, 1)
    files = bench.folder / "certificates"
    files.mkdir()
    bench.say(f"making {count}")
    run(bare("making", files, count), bench.folder)

    def sweep(number: int) -> Ended:
        bench.say(f"sweep {number + 1} of {times}")
        config = bench.config(f"certificates-{number}", _CONFIG.format(files=files))
        ended = run(ours(config, "sweep", "--json"), bench.folder)
        if ended.json()["judged"] != count:
            raise RuntimeError(f"{ended.json()['judged']} of {count} were judged")
        return ended

    def loop(number: int) -> Ended:
        bench.say(f"bare loop {number + 1} of {times}")
        return run(bare("bare.certificates", files), bench.folder)

    pairs = by_turns(sweep, loop, times)
    yield at_most("certificates: cold to recorded", pairs.seconds, "s", 0.8)
    yield at_most("certificates: beside bare cryptography", pairs.ratio, "times", 1.5)
    yield at_most("certificates: peak of memory", pairs.peak / MIB, "MiB", 50)
    yield beside("certificates: bare cryptography", pairs.bare_seconds, "s")
    yield beside("certificates: processor time", pairs.cpu, "s")
    yield beside("certificates: processor time of bare cryptography", pairs.bare_cpu, "s")
