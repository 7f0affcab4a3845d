"""From `[[renewals]]` to the program for some places."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from credwatch.clock import Clock
from credwatch.config.configuration import Config
from credwatch.config.places import matches
from credwatch.config.rotating import Renewal
from credwatch.model import Kind
from credwatch.rotation.program import Program
from credwatch.rotation.renewals.renewal import Renewed, Renewer


def renewals_of(config: Config, places: Iterable[str]) -> tuple[Renewal, ...]:
    """The lines that are about any of these places, in the order of the file."""
    given = tuple(places)
    return tuple(
        line for line in config.renewals if any(matches(pattern, place) for pattern in line.place for place in given)
    )


def renewal_of(
    config: Config, kind: Kind, places: Iterable[str], clock: Clock, environ: Mapping[str, str] = os.environ
) -> Renewer | None:
    """The first program for these places; None: nobody renews them. Nothing is started."""
    for line in renewals_of(config, places):
        program = Program(line.command, environ, clock.monotonic, deadline=line.timeout)
        return Renewer(line, program, Renewed(kind, clock))
    return None
