"""A rotation with something in every field, and the world around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from credwatch.ledger.journal import Journal
from credwatch.model import NEVER, Facts, Revoke
from credwatch.model.rotating import PlaceState, Rotation, State, Target, Trouble, Turn, Wish
from tests.ledger.world import DAY, HOUR, MINUTE, START, World, dice

OLD = Facts(
    account="AC1",
    key_id="SK1",
    name="voice-prod",
    created=START - 200 * DAY,
    expires=NEVER,
    last_used=START - HOUR,
    disabled=False,
    scopes=frozenset({"usage:write", "admin"}),
    hint="41d2",
    creator="ana@example.com",
    personal=True,
    traits={"tags": "voice,prod", "limit": "10"},
)
ONE = Target("vault:kv/a#KEY", "vault", "kv/a", {"secret": "KEY", "sid": "SID"})
TWO = Target(
    "aws:eu-west-1/b",
    "aws",
    "eu-west-1/b",
    {"secret": ""},
    base_version="7c1e",
    base_fp="f1",
    pending_version="8d2f",
    promoted_version="9d20",
    state=PlaceState.PROMOTED,
    mirror=True,
)
FULL: dict[str, Any] = {
    "attempt": 3,
    "creates": 2,
    "bounces": 1,
    "new": Facts(key_id="SK2", scopes=frozenset(), traits={}, personal=False),
    "new_fp": "f2",
    "snapshot": frozenset({"SK1", "SK0"}),
    "consumers": ("voice-agent", "billing"),
    "told": frozenset({"billing"}),
    "revoke": Revoke.PROVED,
    "lifetime": 90 * DAY,
    "grace": timedelta(hours=36),
    "soak": timedelta(minutes=90),
    "replaces_dead": True,
    "automatic": True,
    "compromised": True,
    "prepared_at": START + MINUTE,
    "intent_at": START + 2 * MINUTE,
    "created_at": START + 3 * MINUTE,
    "promoted_at": START + 4 * MINUTE,
    "grace_until": START + DAY,
    "disabled_at": START + 5 * MINUTE,
    "soak_until": START + 2 * DAY,
    "tries": 4,
    "paused": True,
    "confirmed_by": "ana",
    "wish": Wish.ROLLBACK,
    "trouble": Trouble.STRANGER,
    "resumes": State.VERIFIED,
    "reason": "its date is near",
    "requested_by": "luis",
}
"""Every field that a turn may set, none of them as it is at first."""


def planned(journal: Journal, credential: str = "c-1", **fields: Any) -> Rotation:
    """One that was only planned."""
    given = {
        "id": journal.new_id(START),
        "credential": credential,
        "kind": "twilio-api-key",
        "minter": "twilio",
        "old": OLD,
        "old_fp": "f1",
        "state": State.PLANNED,
        "targets": (ONE, TWO),
    }
    return Rotation(**{**given, **fields})


def journal_of(world: World) -> Journal:
    """Of this ledger, with the same ids in every run."""
    return Journal(world.ledger, dice())


def begun(journal: Journal, credential: str = "c-1", **fields: Any) -> Rotation:
    """One that is kept since the start."""
    at = fields.pop("at", START)
    return journal.begin(planned(journal, credential, **fields), at)


def moved(journal: Journal, rotation: Rotation, *states: State, at: Any = START) -> Rotation:
    """It came to these states, one after the other."""
    for state in states:
        rotation = journal.move(rotation, Turn(state), at)
    return rotation


def without_times(rotation: Rotation) -> Rotation:
    """As it was before it was kept."""
    return replace(rotation, begun_at=None, updated_at=None)
