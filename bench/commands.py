"""What a person waits for: `check .env` with five keys, and `--help`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median

from bench.children import Ended, bare, ours, run, server
from bench.figures import Figure, at_most, beside
from bench.keys import write
from bench.row import Bench

_CONFIG = """
[network]
ca = "{ca}"

[issuers.deepgram]
base_url = "{url}"
"""
_KEYS = 5


def commands(bench: Bench) -> Iterator[Figure]:
    """The whole command, less what bare urllib3 needs for the same requests; and help beside a Python that does nothing."""
    times = bench.size(9, 1)
    write(bench.folder / "env", _KEYS, _KEYS)
    (bench.folder / "env" / "0000.env").rename(bench.folder / "env" / ".env")
    with bench.below("vendor") as home, server("serving", home, home) as vendor:
        url, ca = vendor.said["url"], vendor.said["ca"]
        config = bench.config("check", _CONFIG.format(ca=ca, url=url))
        pairs: list[tuple[Ended, float]] = []
        for number in range(times):
            bench.say(f"check {number + 1} of {times}")
            checked = run(ours(config, "check", str(bench.folder / "env" / ".env")), bench.folder)
            loop = run(bare("bare.keys", bench.folder / "env", f"{url}/v1/auth/token", ca), bench.folder)
            good, seconds = loop.out.split()
            if int(good) != _KEYS:
                raise RuntimeError(f"the bare loop found {good} of {_KEYS}")
            pairs.append((checked, float(seconds)))
        if vendor.ask("asked")["requests"] != 2 * times * _KEYS:
            raise RuntimeError("not every key was tried")
    helps = [run([sys.executable, "-m", "credwatch", "--help"], bench.folder).seconds for _ in range(times)]
    nothing = [run([sys.executable, "-c", "pass"], bench.folder).seconds for _ in range(times)]
    yield at_most("check .env: beside the network's time", median(one.seconds - net for one, net in pairs), "s", 0.35)
    yield beside("check .env: the network's time", median(net for _, net in pairs), "s")
    yield at_most("--help", median(helps), "s", 0.1)
    yield beside("--help: a Python that does nothing", median(nothing), "s")
