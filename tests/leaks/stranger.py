"""Tables for the stranger's plug-in: one for each method that fails, in each way in which an exception may quote."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.leaks.canaries import Canaries
from tests.leaks.leaky import CAUGHT, LEAVES, METHODS, WAYS

ANSWERED = 4
"""Keys whose vendor quotes them in a good answer."""


def tables(canaries: Canaries, folder: Path) -> Iterator[str]:
    """TOML. One connection works, and its keys fail in every way; each of the others fails at another method."""
    ways = count()
    keys = [canaries.made(f"leaky, tried, {way}", 30, head=f"leaky{way:02}_") for way in range(CAUGHT + ANSWERED)]
    keys += [canaries.made(f"leaky, read, {way}", 30, head=f"readable{way:02}_") for way in range(CAUGHT)]
    (folder / "held-by-leaky").write_text("\n".join(keys))
    others = [canaries.made(f"leaky, elsewhere, {way}", 30, head=f"leaky{way:02}_") for way in range(CAUGHT)]
    (folder / "held-by-others").write_text("\n".join(others))
    failing = [(method, next(ways) % len(WAYS)) for method in ("", *METHODS, *METHODS)]
    for number, (method, way) in enumerate([*failing, ("least_privilege", LEAVES)]):
        secret = canaries.made(f"our own, leaky, {method}", 30, head=f"own{way:02}_")
        reference = canaries.file(folder, f"leaky-{number}", secret)
        yield (
            f'[providers.leaky-{number}]\nuse = "leaky"\nsecret = "{reference}"\nraises = "{method}"\n'
            f'holds = "{folder}/held-by-{"others" if method else "leaky"}"\n'
        )
