"""What every store keeps that a rotation writes, of odd values and odd names, and when it may not write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.contract import Payload, ProviderError, Reason
from credwatch.secrets import Secret
from tests.conformance.test_hostile_names import HOSTILE
from tests.staging.shelf import FIELDS, MARK, TOKEN, Shelf, shown, staged_by


def permanently_refused(change: Callable[[], object]) -> bool:
    """Whether it was refused, so that nothing was changed."""
    try:
        change()
    except ProviderError as error:
        return error.permanent
    return False


def test_a_value_of_the_largest_size_goes_the_whole_way(shelf: Shelf) -> None:
    item = shelf.put("large", FIELDS)
    value = 'ä\\"' + "x" * (shelf.room - 1024)
    held, staged = staged_by(shelf, item, value)
    promoted = shelf.store.promote(item, staged, held.version)

    assert shown(shelf.store.read(item)) == FIELDS | {"KEY": value}
    shelf.store.revert(item, held.version, promoted)
    assert shown(shelf.store.read(item)) == FIELDS


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_an_item_of_any_name_is_written_and_no_other(shelf: Shelf, name: str) -> None:
    if not shelf.takes(name):
        return
    other = shelf.put("other", {"KEY": "other", "OTHER": "other"})
    item = shelf.put(name, FIELDS)
    before = shelf.seen(other), shelf.places()
    held, staged = staged_by(shelf, item)
    promoted = shelf.store.promote(item, staged, held.version)
    assert shown(shelf.store.read(item)) == FIELDS | {"KEY": "new value"}
    shelf.store.revert(item, held.version, promoted)
    there = shelf.store.staged(item)
    assert there is not None
    shelf.store.discard(item, there)

    assert shown(shelf.store.read(item)) == FIELDS
    assert (shelf.seen(other), shelf.places()) == before
    assert not shelf.leftover(item)


@pytest.mark.parametrize("value", [b"\x00\xff\xfe binary \x80", b"\xef\xbb", b"\xc3"])
def test_bytes_that_are_no_text_go_the_whole_way_or_are_refused_before_anything(shelf: Shelf, value: bytes) -> None:
    item = shelf.put("bytes", {"KEY": value, "OTHER": "x"} if shelf.binary and shelf.parts else FIELDS)
    held = shelf.store.held(item)
    name = "KEY" if shelf.parts else ""
    whole = Payload({**held.payload.parts, name: Secret(value + b"!")})
    if shelf.binary:
        staged = shelf.store.stage(item, whole, MARK, TOKEN)
        shelf.store.promote(item, staged, held.version)
        assert shelf.store.read(item).parts[name].reveal_bytes() == value + b"!"
        return
    with pytest.raises(ProviderError) as refused:
        shelf.store.stage(item, whole, MARK, TOKEN)

    assert (refused.value.reason, refused.value.permanent) == (Reason.MALFORMED, True)
    assert shelf.store.staged(item) is None


def test_a_connection_that_was_opened_to_read_writes_nothing(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    promoted = shelf.store.promote(item, staged, held.version)
    there, before = shelf.store.staged(item), shelf.seen(item)
    assert there is not None
    with shelf.opened(rotating=False) as watch:
        tries: list[Callable[[], object]] = [
            lambda: watch.stage(item, held.payload, MARK, TOKEN),
            lambda: watch.promote(item, there, promoted),
            lambda: watch.revert(item, held.version, promoted),
            lambda: watch.discard(item, there),
        ]
        refused = [permanently_refused(each) for each in tries]

    assert refused == [True] * 4
    assert (shelf.store.staged(item), shelf.seen(item)) == (there, before)


def test_no_value_shows(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    text = f"{held!r} {staged!r} {held.version} {staged.version} {shelf.store!r}"

    assert not any(value in text for value in (*FIELDS.values(), "new value"))
