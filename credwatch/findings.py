"""The join: what vendors' lists and stores say together that neither says alone. Pure, over rows.

Nothing is concluded from what was not seen: a key is held by no store only when every store was listed to its end, and
gone from its vendor only when that account's list was. Kinds that cannot be joined are neither.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

UNRECOGNISED = "unrecognised"


class Finding(StrEnum):
    """What the join sees."""

    ORPHAN = "orphan"  # the vendor has it, no store holds it: nobody can rotate it
    GHOST = "ghost"  # a store holds it, the vendor no longer has it
    TWIN = "twin"  # one key in several places: a rotation must write them all
    MIRROR = "mirror"  # a place that a controller copies into
    SHARED = "shared"  # the same value in production and elsewhere
    HALF_PAIR = "half_pair"  # a part is missing, or the parts are of different keys
    PERSONAL = "personal"  # it dies with one person's account
    UNOWNED = "unowned"  # no rule and no label names an owner
    UNRECOGNISED = "unrecognised"  # no vendor claims it


@dataclass(frozen=True)
class Spot:
    """A place that holds it now."""

    place: str
    fingerprint: str | None = None
    mirror_of: str | None = None
    missing: tuple[str, ...] = ()
    works: bool = False
    refused: bool = False
    """Its value is refused, and that is believed."""


@dataclass(frozen=True)
class Joined:
    """One credential with everything that shows it."""

    id: str
    kind: str
    joins: str
    account: str | None = None
    key_id: str | None = None
    spots: tuple[Spot, ...] = ()
    listed: bool = False
    """A vendor's list shows it now."""
    delisted: bool = False
    """A list that was read to its end showed it once, and does no longer."""
    personal: bool = False
    creator: str | None = None
    unowned: bool = False


@dataclass(frozen=True)
class Sight:
    """How far the last looks reached."""

    unseen: tuple[str, ...] = ()
    """Providers, as far as they may be stores, whose last listing was not read to its end."""
    accounts: frozenset[tuple[str, str]] = frozenset()
    """Kind and account, where the vendor's list was read to its end."""
    nameless: frozenset[str] = frozenset()
    """Kinds of which a store holds a key whose id nobody told: it may be any of those that are listed."""


@dataclass(frozen=True)
class Found:
    """One finding about one credential."""

    finding: Finding
    places: tuple[str, ...] = ()
    """The places that it is about; none: the key as a whole."""
    detail: str = ""


Environment = Callable[[str, str], str]
"""Kind and place to what the rules call it: "production", "staging"."""


def findings(one: Joined, sight: Sight, environment: Environment) -> tuple[Found, ...]:
    """What the join sees of one credential. The rules are asked for places only where it is held in several."""
    return (*_of_lists(one, sight), *_of_places(one), *_shared(one, environment), *_of_itself(one))


def counts(every: Iterable[Joined], sight: Sight, environment: Environment) -> Mapping[Finding, int]:
    """How many credentials each finding is about; those of none are left out."""
    found: Counter[Finding] = Counter()
    for one in every:
        found.update({each.finding for each in findings(one, sight, environment)})
    return found


def _of_lists(one: Joined, sight: Sight) -> Iterator[Found]:
    if one.joins == "never":
        return
    held = tuple(spot.place for spot in one.spots)
    if one.listed and not held and not sight.unseen and one.kind not in sight.nameless:
        yield Found(Finding.ORPHAN)
    if held and not one.listed and one.key_id is not None:
        covered = one.account is not None and (one.kind, one.account) in sight.accounts
        if covered or one.delisted:
            yield Found(Finding.GHOST, held)


def _of_places(one: Joined) -> Iterator[Found]:
    own = tuple(spot.place for spot in one.spots if spot.mirror_of is None)
    mirrors = tuple(spot.place for spot in one.spots if spot.mirror_of is not None)
    if len(own) > 1:
        yield Found(Finding.TWIN, own)
    if mirrors:
        yield Found(Finding.MIRROR, mirrors)
    for spot in one.spots:
        if spot.missing:
            yield Found(Finding.HALF_PAIR, (spot.place,), f"without its {' and '.join(spot.missing)}")
        elif spot.refused and any(other.works for other in one.spots):
            yield Found(Finding.HALF_PAIR, (spot.place,), "refused, while another place of this key works")


def _shared(one: Joined, environment: Environment) -> Iterator[Found]:
    if len(one.spots) < 2:
        return
    by_value: dict[str, list[str]] = defaultdict(list)
    for spot in one.spots:
        if spot.fingerprint is not None:
            by_value[spot.fingerprint].append(spot.place)
    for places in by_value.values():
        words = {place: environment(one.kind, place) for place in places} if len(places) > 1 else {}
        others = sorted({word for word in words.values() if word != "production"})
        if others and "production" in words.values():
            yield Found(Finding.SHARED, tuple(places), f"production and {', '.join(others)}")


def _of_itself(one: Joined) -> Iterator[Found]:
    if one.personal:
        yield Found(Finding.PERSONAL, detail=one.creator or "")
    if one.unowned:
        yield Found(Finding.UNOWNED)
    if one.kind == UNRECOGNISED:
        yield Found(Finding.UNRECOGNISED)
