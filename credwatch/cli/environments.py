"""What the rules call a place: production, or something else. Asked only for keys that several places hold."""

from __future__ import annotations

from datetime import datetime

from credwatch.config import Config, policy
from credwatch.findings import Environment
from credwatch.model import Facts, Held, Memory


def environments(config: Config, now: datetime) -> Environment:
    """By kind and place, as the rules say today."""

    def environment(kind: str, place: str) -> str:
        held = Held(place, place.partition(":")[0], None, since=now, seen_at=now)
        alone = Memory("", kind, "", Facts(), first_seen=now, held=(held,))
        return policy(config, alone, now).environment

    return environment
