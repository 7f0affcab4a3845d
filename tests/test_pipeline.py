"""What the page says that no room of its own says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from credwatch.config.loading import parse
from credwatch.ledger import Suspect
from credwatch.model import Item
from credwatch.pipeline import judge_by, settles_in
from tests.assess.memories import NOW, memory

RULES = """
timezone = "Europe/Madrid"
[[rules]]
match = {{ place = "**" }}
ignore = "it is moved"
until = {first}
[[rules]]
match = {{ place = "**" }}
page = "7d"
until = {second}
"""


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ("2026-11-21", "2026-11-22", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)),
        ("2026-11-22", "2026-11-21", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)),
        ("2026-11-20", "2026-11-19", datetime(2026, 11, 21, 16, 40, tzinfo=UTC)),
        ("2026-12-24", "2026-12-24", datetime(2026, 11, 21, 16, 40, tzinfo=UTC)),
    ],
)
def test_when_a_rule_ends_everything_is_judged_by_those_that_are_left(first: str, second: str, again: datetime) -> None:
    config = parse(RULES.format(first=first, second=second), {}, "credwatch.toml")

    assert judge_by(config, NOW)(memory(), NOW).judge_at == again


@pytest.mark.parametrize(
    ("minutes_ago", "seconds"),
    [([], 300), ([0], 300), ([2], 180), ([4, 1], 240), ([5], 0), ([600], 0), ([-43200], 300)],
    ids=["none", "now", "two", "the last counts", "old enough", "long ago", "our clock was set back by a month"],
)
def test_a_refusal_is_tried_again_when_it_is_five_minutes_old(minutes_ago: list[int], seconds: float) -> None:
    item = Item("vault", "kv/a")
    suspects = [
        Suspect("vault", "kv/a", "vault:kv/a#K", "c-1", "f1", NOW - timedelta(minutes=ago), item) for ago in minutes_ago
    ]

    assert settles_in(suspects, NOW) == seconds
