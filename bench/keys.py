"""10,000 keys in 100 dotenv files, each tried once on a TLS server on loopback, judged and recorded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.children import MIB, Ended, Server, bare, ours, run, server
from bench.figures import Figure, at_least, at_most, beside
from bench.pairs import by_turns
from bench.row import Bench

_CONFIG = """
[network]
ca = "{ca}"

[providers.here]
use   = "files"
paths = ["{files}"]

[issuers.deepgram]
base_url = "{url}"
"""


def keys(bench: Bench) -> Iterator[Figure]:
    """The rate beside that of a bare threaded urllib3 loop over the same requests, and the memory that it takes."""
    count, times = bench.size(10_000, 60), bench.size(3, 1)
    files = bench.folder / "env"
    write(files, count, count // bench.size(100, 3))
    missed = strays = 0
    with bench.below("vendor") as home, server("serving", home, home) as vendor:
        url, ca = vendor.said["url"], vendor.said["ca"]

        def sweep(number: int) -> Ended:
            nonlocal missed, strays
            bench.say(f"sweep {number + 1} of {times}")
            config = bench.config(f"keys-{number}", _CONFIG.format(ca=ca, files=files, url=url))
            ended = run(ours(config, "sweep", "--json"), bench.folder)
            strays = max(strays, _strays(vendor, count))
            missed = max(missed, count - _works(config, bench.folder))
            return ended

        def loop(number: int) -> Ended:
            bench.say(f"bare loop {number + 1} of {times}")
            ended = run(bare("bare.keys", files, f"{url}/v1/auth/token", ca), bench.folder)
            if _strays(vendor, count) or int(ended.out.split()[0]) != count:
                raise RuntimeError(f"the bare loop found {ended.out} of {count}")
            return ended

        pairs = by_turns(sweep, loop, times)
    yield at_least("keys: rate beside the bare loop's", 1 / pairs.ratio, "of it", 0.6)
    yield at_most("keys: peak of memory", pairs.peak / MIB, "MiB", 90)
    yield at_most("keys: alive and not called so", missed, "keys", 0)
    yield at_most("keys: not tried exactly once", strays, "keys", 0)
    yield beside("keys: rate", count / pairs.seconds, "keys/s")
    yield beside("keys: bare urllib3", count / pairs.bare_seconds, "keys/s")
    yield beside("keys: processor time", pairs.cpu / count * 1e6, "µs/key")
    yield beside("keys: processor time of bare urllib3", pairs.bare_cpu / count * 1e6, "µs/key")


def write(folder: Path, count: int, each: int) -> None:
    """So many made-up keys, so many of them in each file; always the same ones."""
    chance = random.Random(7)  # noqa: S311  made up, and the same in every run
    folder.mkdir()
    for first in range(0, count, each):
        lines = [f"DEEPGRAM_API_KEY_{number}={chance.randbytes(20).hex()}\n" for number in range(first, first + each)]
        (folder / f"{first // each:04}.env").write_text("".join(lines), encoding="utf-8")


def _strays(vendor: Server, count: int) -> int:
    """How many of the keys the vendor did not see exactly once."""
    seen = vendor.ask("asked")
    return abs(count - int(seen["once"])) + int(seen["requests"]) - int(seen["once"])


def _works(config: Path, home: Path) -> int:
    shown = run(ours(config, "list", "--json"), home).json()
    return Counter(one["standing"] for one in shown)["works"]
