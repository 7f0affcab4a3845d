"""Two kinds of the same work, by turns: on a noisy machine a ratio holds where a time does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.children import Ended


@dataclass(frozen=True)
class Pairs:
    """Several runs of ours, each beside one of the bare loop."""

    ours: Sequence[Ended]
    bare: Sequence[Ended]

    @property
    def ratio(self) -> float:
        """How many times as long ours takes; the median of the pairs."""
        return median(one.seconds / other.seconds for one, other in zip(self.ours, self.bare, strict=True))

    @property
    def seconds(self) -> float:
        """Ours, the median."""
        return median(one.seconds for one in self.ours)

    @property
    def bare_seconds(self) -> float:
        """The bare loop, the median."""
        return median(one.seconds for one in self.bare)

    @property
    def cpu(self) -> float:
        """Ours, the median of the processor time: what a busy machine changes least."""
        return median(one.cpu for one in self.ours)

    @property
    def bare_cpu(self) -> float:
        """The bare loop's processor time, the median."""
        return median(one.cpu for one in self.bare)

    @property
    def peak(self) -> int:
        """Ours, the highest."""
        return max(one.peak for one in self.ours)


def by_turns(ours: Callable[[int], Ended], bare: Callable[[int], Ended], times: int) -> Pairs:
    """Each as often, the one that begins changing."""
    mine: list[Ended] = []
    theirs: list[Ended] = []
    for number in range(times):
        if number % 2:
            theirs.append(bare(number))
            mine.append(ours(number))
        else:
            mine.append(ours(number))
            theirs.append(bare(number))
    return Pairs(mine, theirs)
