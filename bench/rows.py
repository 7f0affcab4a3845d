"""The rows, in the order in which they are shown. Each makes its figures in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bench.aws import aws
from bench.certificates import certificates
from bench.commands import commands
from bench.daemon import daemon
from bench.figures import Figure
from bench.growth import growth
from bench.keys import keys
from bench.row import Bench

ROWS: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "keys": keys,
    "aws": aws,
    "certificates": certificates,
    "daemon": daemon,
    "commands": commands,
    "growth": growth,
}
