"""`credwatch run`: from its start to the first 200 of /livez, and what it holds a minute later."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.children import MIB, Ended, bare, ours, run
from bench.figures import Figure, at_most, beside
from bench.row import Bench
from bench.staying import Staying, free_port, staying

_CONFIG = """
ephemeral = true

[web]
probes = "127.0.0.1:{probes}"
window = "127.0.0.1:{window}"

[providers.here]
use   = "files"
paths = ["{files}"]
"""
_IMPORTED = re.compile(r"^import time:[^|]*\|[^|]*\|\s*([\w.]+)$", re.MULTILINE)


def daemon(bench: Bench) -> Iterator[Figure]:
    """The start beside the import of the libraries that the daemon has loaded by then; the memory with sweeps meanwhile."""
    times, minute = bench.size(7, 1), bench.size(60, 1)
    (bench.folder / "files").mkdir()
    (bench.folder / "files" / "one.env").write_text("SERVICE_TOKEN=0123456789abcdefghij\n", encoding="utf-8")
    libraries = bench.folder / "libraries"
    libraries.write_text("\n".join(_libraries(bench)), encoding="utf-8")
    pairs: list[tuple[float, Ended]] = []
    for number in range(times):
        bench.say(f"start {number + 1} of {times}")
        pairs.append((_started(bench, f"start-{number}"), run(bare("bare.libraries", libraries), bench.folder)))
    yield at_most("daemon: start to the first 200 of /livez", median(seconds for seconds, _ in pairs), "s", 0.3)
    ratio = median(seconds / imported.seconds for seconds, imported in pairs)
    yield at_most("daemon: beside importing its libraries", ratio, "times", 1.5)
    yield beside("daemon: importing its libraries", median(imported.seconds for _, imported in pairs), "s")
    yield from _memory(bench, minute)


def _config(bench: Bench, name: str) -> tuple[Path, int, int]:
    probes, window = free_port(), free_port()
    text = _CONFIG.format(probes=probes, window=window, files=bench.folder / "files")
    return bench.config(name, text), probes, window


def _started(bench: Bench, name: str) -> float:
    config, probes, _ = _config(bench, name)
    with staying(ours(config, "run"), bench.folder, bench.folder / f"{name}.log") as child:
        return child.until_well(probes, "/livez")


def _libraries(bench: Bench) -> list[str]:
    """What the daemon has imported when it answers, but for its own modules."""
    config, probes, _ = _config(bench, "imports")
    log = bench.folder / "imports.log"
    python, *rest = ours(config, "run")
    with staying([python, "-X", "importtime", *rest], bench.folder, log) as child:
        child.until_well(probes, "/livez")
        names = _IMPORTED.findall(log.read_text(encoding="utf-8"))
    return [name for name in names if not name.startswith("credwatch")]


def _memory(bench: Bench, seconds: int) -> Iterator[Figure]:
    config, probes, window = _config(bench, "memory")
    with staying(ours(config, "run"), bench.folder, bench.folder / "memory.log") as child:
        child.until_well(probes, "/livez")
        _wait(bench, child, probes, seconds)
        yield at_most(f"daemon: memory after {seconds} s", child.resident() / MIB, "MiB", 40)
        for port, path in ((probes, "/metrics"), (window, "/")):
            child.until_well(port, path)
        yield beside("daemon: memory once metrics and page were read", child.resident() / MIB, "MiB")


def _wait(bench: Bench, child: Staying, probes: int, seconds: int) -> None:
    """Its kubelet asks every ten seconds."""
    for left in range(seconds, 0, -1):
        bench.say(f"waiting {left} s")
        if left % 10 == 0:
            child.ask(probes, "/livez")
        time.sleep(1)
