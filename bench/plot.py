"""Growth as a picture: `python -m bench.plot` draws docs/growth.svg from bench/results.json. Light and dark, no font of ours."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS, PICTURE = ROOT / "bench/results.json", ROOT / "docs/growth.svg"

WIDTH, HEIGHT, LEFT, TOP = 320, 190, 62, 46
GAP = 30
_GROWN = re.compile(r"growth: ([0-9,]+): (sweep|ledger|memory)")
_TITLES = {"sweep": "a first sweep, seconds", "ledger": "the ledger, MiB", "memory": "the highest memory, MiB"}
_STYLE = """<style>
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
  .faint { fill: #59636e } .axis { stroke: #59636e; stroke-width: 1 }
  .line { stroke: #0969da; stroke-width: 2; fill: none } .dot { fill: #0969da } .even { stroke: #59636e; stroke-dasharray: 3 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .faint { fill: #9198a1 } .axis { stroke: #9198a1 } .even { stroke: #9198a1 }
    .line { stroke: #4493f8 } .dot { fill: #4493f8 }
  }
</style>"""

Points = Sequence[tuple[int, float]]
"""How many credentials, and what that came to; in growing order."""


@dataclass(frozen=True)
class Scale:
    """Both axes are logarithmic: what grows in proportion is a straight line that rises as far as it goes to the right."""

    first: int
    last: int
    low: float
    high: float

    def at(self, count: int, value: float) -> tuple[float, float]:
        """Where a point lies in its box."""
        across = math.log(count / self.first) / math.log(self.last / self.first)
        up = math.log(value / self.low) / math.log(self.high / self.low)
        return round(across * WIDTH, 1), round(HEIGHT - up * HEIGHT, 1)


def points(figures: Sequence[Mapping[str, object]]) -> dict[str, Points]:
    """What grows, by what it is."""
    grown: dict[str, list[tuple[int, float]]] = {}
    for one in figures:
        if read := _GROWN.fullmatch(str(one["name"])):
            grown.setdefault(read[2], []).append((int(read[1].replace(",", "")), float(str(one["figure"]))))
    return {what: sorted(seen) for what, seen in grown.items()}


def drawn(grown: Mapping[str, Points], on: str) -> str:
    """One box for each, side by side, and below them on what this was measured."""
    width, height = len(grown) * (WIDTH + LEFT + GAP), TOP + HEIGHT + 66
    said = "; ".join(f"{_TITLES[what]}: {seen[0][1]:.3g} to {seen[-1][1]:.3g}" for what, seen in grown.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>Growth from 1,000 to 100,000 credentials. {said}</title>",
        _STYLE,
    ]
    for number, (what, seen) in enumerate(grown.items()):
        parts += [f'<g transform="translate({number * (WIDTH + LEFT + GAP) + LEFT} {TOP})">', *_box(what, seen), "</g>"]
    parts.append(f'<text class="faint" x="{LEFT}" y="{height - 10}">{escape(on)}. Dashed: in proportion.</text>')
    return "\n".join([*parts, "</svg>", ""])


def _box(what: str, seen: Points) -> list[str]:
    values = [value for _, value in seen]
    low = 10 ** math.floor(math.log10(min(values)))
    high = max(10 ** math.ceil(math.log10(max(values))), low * 10)
    scale = Scale(seen[0][0], seen[-1][0], low, high)
    parts = [
        f'<text y="-18">{_TITLES[what]}</text>',
        f'<path class="axis" fill="none" d="M0 0V{HEIGHT}H{WIDTH}"/>',
        *_ticks(scale, [count for count, _ in seen]),
        *_even(scale, *seen[-1]),
    ]
    places = [scale.at(*point) for point in seen]
    parts.append(f'<polyline class="line" points="{" ".join(f"{x},{y}" for x, y in places)}"/>')
    for (x, y), value in zip(places, values, strict=True):
        anchor = "end" if x > WIDTH / 2 else "start"
        parts += [
            f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>',
            f'<text x="{x}" y="{y - 9}" text-anchor="{anchor}">{value:.3g}</text>',
        ]
    return parts


def _ticks(scale: Scale, counts: Sequence[int]) -> list[str]:
    below = [
        f'<text class="faint" x="{scale.at(count, scale.low)[0]}" y="{HEIGHT + 20}" text-anchor="middle">{count:,}</text>'
        for count in counts
    ]
    decades = range(round(math.log10(scale.low)), round(math.log10(scale.high)) + 1)
    beside = [
        f'<text class="faint" x="-8" y="{scale.at(scale.first, 10.0**power)[1] + 4}" text-anchor="end">{10.0**power:g}</text>'
        for power in decades
    ]
    return [*below, *beside]


def _even(scale: Scale, count: int, value: float) -> list[str]:
    """Where a thing would lie that grew in proportion, as far as the box goes."""
    least = max(scale.first, count * scale.low / value)
    (x1, y1), (x2, y2) = scale.at(math.ceil(least), value * math.ceil(least) / count), scale.at(count, value)
    return [f'<line class="even" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>']


def measured(results: Mapping[str, Any]) -> str:
    """On what, and when."""
    machine = results["machine"]
    return f"{machine['count']} × {machine['cpu']}, {machine['python']}, {results['date'][:10]}"


def main() -> None:
    """Read, and draw."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PICTURE.write_text(drawn(points(results["figures"]), measured(results)), encoding="utf-8")


if __name__ == "__main__":
    main()
