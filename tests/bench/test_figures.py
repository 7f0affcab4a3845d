from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from bench import plot
from bench.children import Ended
from bench.figures import Figure, at_least, at_most, beside, document, table
from bench.pairs import by_turns

FIGURES = [
    at_most("keys: memory", 91.26, "MiB", 90),
    at_least("keys: rate", 0.61, "of it", 0.6),
    beside("keys: bare", 2698.9, "keys/s"),
]


@pytest.mark.parametrize(
    ("figure", "holds"),
    [
        (at_most("a", 1.0, "s", 1), True),
        (at_most("a", 1.0001, "s", 1), False),
        (at_most("a", 0, "keys", 0), True),
        (at_most("a", 1, "keys", 0), False),
        (at_least("a", 0.6, "of it", 0.6), True),
        (at_least("a", 0.5999, "of it", 0.6), False),
        (beside("a", 9, "s"), None),
    ],
    ids=str,
)
def test_a_goal_holds_up_to_its_limit_and_what_stands_beside_has_none(figure: Figure, holds: bool | None) -> None:  # noqa: FBT001  a row
    assert figure.holds is holds


def test_the_table_has_a_line_for_each_and_shouts_what_is_missed() -> None:
    assert table(FIGURES) == [
        "name          figure  unit    goal   holds",
        "keys: memory   91.26  MiB     ≤ 90   NO",
        "keys: rate      0.61  of it   ≥ 0.6  yes",
        "keys: bare     2,699  keys/s",
    ]


def test_the_document_says_on_what_and_when() -> None:
    made = json.loads(document(FIGURES, {"cpu": "one"}, datetime(2026, 11, 21, 7, tzinfo=UTC)))

    assert made["machine"] == {"cpu": "one"}
    assert made["date"] == "2026-11-21T07:00:00+00:00"
    assert made["figures"][0] == {
        "name": "keys: memory",
        "figure": 91.26,
        "unit": "MiB",
        "goal": "≤ 90",
        "holds": False,
    }


def test_a_ratio_is_the_median_of_pairs_so_that_one_noisy_run_decides_nothing() -> None:
    ours, bare = [2.0, 30.0, 2.2], [1.0, 1.0, 2.0]
    order: list[str] = []

    def ended(of: str, seconds: list[float], number: int) -> Ended:
        order.append(of)
        return Ended(0, seconds[number], 0.0, number, "")

    pairs = by_turns(lambda number: ended("ours", ours, number), lambda number: ended("bare", bare, number), 3)

    assert (pairs.ratio, pairs.seconds, pairs.bare_seconds, pairs.peak) == (2.0, 2.2, 1.0, 2)
    assert order == ["ours", "bare", "bare", "ours", "ours", "bare"]


def test_the_picture_is_valid_and_shows_each_point() -> None:
    figures = [
        {"name": f"growth: {count:,}: {what}", "figure": figure}
        for what, grown in (("sweep", (0.9, 5.1, 47.3)), ("memory", (61.0, 70.0, 88.0)))
        for count, figure in zip((1_000, 10_000, 100_000), grown, strict=True)
    ]

    picture = plot.drawn(plot.points([*figures, {"name": "growth: list", "figure": 1}]), "2 × A & B")

    texts = [element.text for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    assert {"0.9", "5.1", "47.3", "61", "70", "88", "100,000"} <= set(texts)
    assert "2 × A & B. Dashed: in proportion." in texts


@pytest.mark.parametrize(
    ("count", "value", "place"),
    [(1_000, 1.0, (0.0, plot.HEIGHT)), (100_000, 100.0, (plot.WIDTH, 0.0)), (10_000, 10.0, (160.0, 95.0))],
)
def test_what_grows_in_proportion_is_a_straight_line(count: int, value: float, place: tuple[float, float]) -> None:
    assert plot.Scale(1_000, 100_000, 1.0, 100.0).at(count, value) == place


def test_the_picture_in_the_docs_is_drawn_from_the_results_beside_the_benchmark() -> None:
    results = json.loads(plot.RESULTS.read_text(encoding="utf-8")) if plot.RESULTS.exists() else None
    drawn = plot.drawn(plot.points(results["figures"]), plot.measured(results)) if results else None

    assert (plot.PICTURE.read_text(encoding="utf-8") if plot.PICTURE.exists() else None) == drawn
