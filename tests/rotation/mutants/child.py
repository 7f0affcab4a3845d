"""Plays schedules against the credwatch that is first on the path, until something is wrong; says what."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random

import credwatch
from credwatch.errors import CredwatchError
from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.schedules import Schedule, in_pairs, with_others
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import Traits
from tests.rotation.mutants.chosen import KINDS, effects, gone, laid, made, plain

CAUGHT = 3
"""The exit code."""


def played(schedule: Schedule) -> Played:
    with ledger() as known:
        return play(schedule, known, CREDENTIAL)


@cache
def calls(traits: Traits, places: int) -> Sequence[str]:
    return played(Schedule(traits, places)).calls


def schedules(further: int) -> Iterator[Schedule]:
    """The same ones each time: those that are chosen, and so many further ones of each sort."""
    yield from plain()
    for chosen in (made, laid, gone, effects):
        yield from chosen(calls)
    random = Random(7)  # noqa: S311  the choice of a schedule is no secret
    acts = sorted(ACTS)
    for setting in SETTINGS.values():
        for traits, places in KINDS:
            yield from with_others(traits, places, calls(traits, places)[:150], further, random, acts, setting)
            yield from in_pairs(traits, places, calls(traits, places)[:150], further, random, setting)


def main(package: str, further: int) -> int:
    if not Path(credwatch.__file__).is_relative_to(package):
        sys.stderr.write(f"{credwatch.__file__} is not in {package}\n")
        return 1
    for number, schedule in enumerate(schedules(further), 1):
        try:
            wrong = played(schedule).wrong
        except CredwatchError as error:
            wrong = [str(error)]
        if wrong:
            sys.stdout.write(f"{number}: {schedule}: {wrong[0]}\n")
            return CAUGHT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
