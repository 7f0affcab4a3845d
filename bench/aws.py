"""1,000 secrets and 200 access keys of an AWS account as moto serves it, listed, read, judged and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.children import MIB, Ended, bare, ours, run, server
from bench.figures import Figure, at_most, beside
from bench.pairs import by_turns
from bench.row import Bench

_CONFIG = """
[issuers.aws]
base_url = "{url}"

[providers.account]
use        = "aws"
regions    = ["{region}"]
secrets    = ["**"]
iam        = true
access_key = {{ id = "AKIAIOSFODNN7EXAMPLE", secret = "file:{secret}" }}
"""


def aws(bench: Bench) -> Iterator[Figure]:
    """The time beside that of bare boto3 which asks the same, with as many threads; the server's own time is in both."""
    secrets, keys, times = bench.size(1_000, 12), bench.size(200, 3), bench.size(3, 1)
    secret = bench.folder / "secret"
    secret.write_text("made-up", encoding="utf-8")
    bench.say("filling moto")
    with server("serving_aws", bench.folder, secrets, keys) as account:
        url, region, served = account.said["url"], account.said["region"], list[float]()

        def sweep(number: int) -> Ended:
            bench.say(f"sweep {number + 1} of {times}")
            config = bench.config(f"aws-{number}", _CONFIG.format(url=url, region=region, secret=secret))
            before = account.cpu()
            ended = run(ours(config, "sweep", "--json"), bench.folder)
            served.append(account.cpu() - before)
            if ended.json()["judged"] != secrets + keys:
                raise RuntimeError(f"{ended.json()['judged']} of {secrets + keys} were judged")
            return ended

        def loop(number: int) -> Ended:
            bench.say(f"bare loop {number + 1} of {times}")
            ended = run(bare("bare.aws", url, region), bench.folder)
            if ended.out != f"{secrets} {keys}\n":
                raise RuntimeError(f"the bare loop found {ended.out} of {secrets} and {keys}")
            return ended

        pairs = by_turns(sweep, loop, times)
    yield at_most("aws: listed, read, judged, recorded", pairs.seconds, "s", 2.7)
    yield at_most("aws: beside bare boto3", pairs.ratio, "times", 1.3)
    yield at_most("aws: peak of memory", pairs.peak / MIB, "MiB", 84)
    yield beside("aws: bare boto3", pairs.bare_seconds, "s")
    yield beside("aws: moto's own processor time for one sweep", median(served), "s")
