"""A name that somebody chose to do harm is a name: it is listed, it is read by, and it changes nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credwatch.config.places import matches
from credwatch.contract import Inventory, Item, Listed, Store, Unlisted
from credwatch.fields import unfold
from credwatch.identify import place_of
from credwatch.log import escape_control
from tests.conformance.grounds.ground import Ground
from tests.conformance.systems import on

HOSTILE = {
    "control characters": "a\x1b[2J\x07\r\nb",
    "a null": "a\0b",
    "a mention": "<!channel>",
    "a link": "<mailto:a@evil.example|Click>",
    "a way up": "../../etc/passwd",
    "a parent": "..",
    "turned around": "\u202egnp.exe\u2066",
    "invisible": "a\u200b\ufeffb",
    "long": "n" * 300,
    "emoji": "\U0001f525\U0001f511",
    "a field": "a#b#",
    "percent": "a%2Fb%23%",
    "a star": "a*b**",
    "a query": "a?b=c&d;e",
    "a colon": "vault-prod:kv/other#KEY",
    "quotes": "a\"'`$(x)${y}\\",
    "spaces": " a  b ",
    "SQL": "'; drop table credential; --",
    "TOML": '"]\n[slack]',
    "a formula": '=HYPERLINK("evil.example")',
    "a letter that two ways write": "cafe\u0301",
    "not Latin": "Пример/密钥",
}
CANARY = "canary of the field"


def told(ground: Ground, provider: Any) -> dict[str, tuple[Item, str]]:
    """Every place with the item and the value that it leads to."""
    found: dict[str, tuple[Item, str]] = {}
    for each in ground.listing(provider):
        if isinstance(each, Item):
            for leaf in unfold(provider.read(each)):
                place = place_of(each.provider, each.locator, leaf.name)
                assert place not in found
                found[place] = (each, leaf.value.reveal())
    return found


@on(lambda made: made.power is Store)
def test_a_place_of_any_name_is_listed_read_and_found_again(ground: Ground) -> None:
    before = ground.ids()
    taken = [name for name in HOSTILE.values() if ground.takes(name)]
    for name in taken:
        ground.put(name, {"KEY": f"canary of {name}"})
    with ground.connected() as provider:
        unlisted = [each for each in ground.listing(provider) if isinstance(each, Unlisted)]
        found = told(ground, provider)
    with ground.connected() as another:
        again = {place: another.read(Item(item.provider, item.locator)) for place, (item, _) in found.items()}
    values = {value for _, value in found.values()}

    assert [known for known in ground.ids() if known in before] == before
    assert len([name for name in taken if f"canary of {name}" not in values]) == len(unlisted)
    for place, (item, value) in found.items():
        assert place.rpartition("#")[0] == f"ours:{item.locator}"
        assert "#" not in item.locator  # where nothing is unfolded a place has no field
        assert value in [leaf.value.reveal() for leaf in unfold(again[place])]
        assert json.loads(json.dumps(place).encode()) == place


@on(lambda made: made.power is Store)
def test_a_place_is_a_pattern_that_means_itself_alone(ground: Ground) -> None:
    for name in HOSTILE.values():
        if ground.takes(name):
            ground.put(name, {"KEY": "canary", "KEY2": "canary"})
    with ground.connected() as provider:
        places = list(told(ground, provider))

    assert all(matches(place, place) for place in places)
    assert [(one, other) for one in places for other in places if one != other and matches(one, other)] == []


@on(lambda made: made.power is Store)
def test_a_field_of_any_name_is_a_place_of_its_own(ground: Ground) -> None:
    fields = {name: f"{CANARY} {number}" for number, name in enumerate(HOSTILE.values())}
    ground.put("fields", fields)
    with ground.connected() as provider:
        found = {place: value for place, (_, value) in told(ground, provider).items() if value.startswith(CANARY)}

    assert sorted(found.values()) == sorted(fields.values())
    assert len({place.rpartition("#")[0] for place in found}) == 1
    assert all(matches(place, place) for place in found)
    assert [(one, other) for one in found for other in found if one != other and matches(one, other)] == []


@on(lambda made: made.labels)
def test_a_label_is_kept_as_it_is(ground: Ground) -> None:
    for number, note in enumerate(HOSTILE.values()):
        ground.put(f"labelled-{number}", {"KEY": "canary"}, note)
    with ground.connected() as provider:
        items = {each.locator: each for each in ground.listing(provider) if isinstance(each, Item)}
    kept = {locator: item.labels["note"] for locator, item in items.items() if "/labelled-" in locator}

    assert sorted(kept.values()) == sorted(HOSTILE.values())
    assert len(kept) == len(HOSTILE)


@on(lambda made: made.power is Inventory)
def test_a_key_that_is_called_anything_is_listed_and_hides_no_other(ground: Ground) -> None:
    before = ground.ids()
    taken = [name for name in HOSTILE.values() if ground.takes(name)]
    for name in taken:
        ground.put(name, {})
    with ground.connected() as provider:
        names = [each.facts.name for each in ground.listing(provider) if isinstance(each, Listed)]
    ids = ground.ids()

    assert [known for known in ids if known in before] == before
    assert len(ids) == len(set(ids)) == len(before) + len(taken)
    assert sorted(name for name in names if name in taken) == sorted(taken)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_name_that_is_printed_stays_on_its_line(name: str) -> None:
    shown = escape_control(place_of("vault-prod", name, name))

    assert shown.isprintable()
    assert len(shown.splitlines()) == 1
