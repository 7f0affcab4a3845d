"""What every store keeps that a rotation writes."""

from __future__ import annotations

import pytest

from credwatch.contract import Conflict, ProviderError, Reason, Remembers, Stager
from tests.staging.shelf import FIELDS, MARK, NEXT, OTHERS, TOKENS, Shelf, shown, staged_by


def test_a_store_is_found_by_its_powers(shelf: Shelf) -> None:
    assert isinstance(shelf.store, Stager)
    assert isinstance(shelf.store.compare_and_swap, bool)


def test_what_is_held_is_what_is_read(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)

    assert shown(shelf.store.held(item).payload) == shown(shelf.store.read(item)) == FIELDS


def test_a_version_stays_until_somebody_writes(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    first, again = shelf.store.held(item).version, shelf.store.held(item).version
    shelf.write(item, FIELDS | {"OTHER": "changed"})

    assert first == again != shelf.store.held(item).version


def test_no_reader_and_no_listing_sees_what_is_staged(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    before = shelf.places(), shelf.seen(item)
    staged_by(shelf, item)

    assert (shelf.places(), shelf.seen(item)) == before
    assert shown(shelf.store.read(item)) == FIELDS


def test_another_process_reads_back_what_was_staged_and_whose_it_is(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    _, staged = staged_by(shelf, item)
    with shelf.opened() as another:
        told = another.staged(item)
        back = another.read_staged(item, told)

    assert told is not None
    assert (told.mark, told.version) == (MARK, staged.version)
    assert told.at is not None
    assert shown(back) == FIELDS | {"KEY": "new value"}


def test_an_empty_slot_holds_nothing(shelf: Shelf) -> None:
    assert shelf.store.staged(shelf.put("voice/prod", FIELDS)) is None


def test_a_slot_of_somebody_else_is_left_to_them(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    _, theirs = staged_by(shelf, item, "theirs", OTHERS)
    with pytest.raises(Conflict) as refused:
        staged_by(shelf, item)

    assert shelf.store.staged(item) == theirs
    assert shown(shelf.store.read_staged(item, theirs))["KEY"] == "theirs"
    assert "theirs" not in str(refused.value)


@pytest.mark.parametrize("mark", [MARK, NEXT])
def test_a_slot_of_the_same_rotation_is_written_anew(shelf: Shelf, mark: str) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, first = staged_by(shelf, item)
    _, second = staged_by(shelf, item, "newer value", mark, TOKENS[0])

    assert shelf.store.staged(item) == second
    assert shown(shelf.store.read_staged(item, second))["KEY"] == "newer value"
    with pytest.raises(ProviderError):
        shelf.store.promote(item, first, held.version)
    assert shown(shelf.store.read(item)) == FIELDS


def test_the_same_is_staged_twice(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    staged_by(shelf, item)
    _, again = staged_by(shelf, item)

    assert shown(shelf.store.read_staged(item, again))["KEY"] == "new value"


def test_a_promotion_changes_what_readers_see_and_nothing_else_of_it(shelf: Shelf) -> None:
    item, meant = shelf.put("voice/prod", FIELDS), shelf.put("meant", FIELDS | {"KEY": "new value"})
    before = shelf.places()
    held, staged = staged_by(shelf, item)
    version = shelf.store.promote(item, staged, held.version)

    assert shelf.seen(item) == shelf.seen(meant)
    assert shelf.store.held(item).version == version != held.version
    assert shelf.places() == before


def test_a_promotion_from_another_version_is_a_conflict(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    first = shelf.store.held(item).version
    shelf.write(item, FIELDS | {"OTHER": "changed"})
    _, staged = staged_by(shelf, item)
    before = shelf.seen(item)
    with pytest.raises(Conflict) as refused:
        shelf.store.promote(item, staged, first)

    assert refused.value.reason is Reason.CONFLICT
    assert shelf.seen(item) == before


def test_what_a_person_wrote_between_is_never_overwritten(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    shelf.write(item, FIELDS | {"KEY": "a person's"})
    before = shelf.seen(item)
    with pytest.raises(Conflict):
        shelf.store.promote(item, staged, held.version)

    assert shelf.seen(item) == before
    assert shelf.store.staged(item) == staged


def test_a_store_that_cannot_compare_and_swap_tells_what_was_written_between(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    shelf.write(item, FIELDS | {"KEY": "a person's"})
    theirs = shelf.store.held(item)
    now = shelf.store.promote(item, staged, theirs.version)
    between = shelf.store.between(item, held.version, now) if isinstance(shelf.store, Remembers) else (theirs.version,)

    assert shelf.store.compare_and_swap or between == (theirs.version,)


def test_a_promotion_happens_once(shelf: Shelf) -> None:
    """As after an answer that was lost: the second one changes nothing."""
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    version = shelf.store.promote(item, staged, held.version)
    with pytest.raises(Conflict):
        shelf.store.promote(item, staged, held.version)

    assert shelf.store.held(item).version == version


def test_nothing_is_promoted_that_was_discarded(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    shelf.store.discard(item, staged)
    with pytest.raises(ProviderError):
        shelf.store.promote(item, staged, held.version)

    assert shown(shelf.store.read(item)) == FIELDS


def test_the_former_value_is_kept_until_the_end_and_comes_back(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    before, places = shelf.seen(item), shelf.places()
    held, staged = staged_by(shelf, item)
    promoted = shelf.store.promote(item, staged, held.version)
    with shelf.opened() as another:
        former = another.former(item, held.version)
        version = another.revert(item, held.version, promoted)

    assert shown(former) == FIELDS
    assert shelf.seen(item) == before
    assert shelf.store.held(item).version == version != promoted
    assert shelf.places() == places


def test_what_a_stranger_wrote_after_us_is_not_reverted(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    promoted = shelf.store.promote(item, staged, held.version)
    shelf.write(item, FIELDS | {"KEY": "a person's"})
    before = shelf.seen(item)
    with pytest.raises(Conflict):
        shelf.store.revert(item, held.version, promoted)

    assert shelf.seen(item) == before


def test_a_version_that_never_was_is_not_found(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    held, _ = staged_by(shelf, item)
    with pytest.raises(ProviderError) as missing:
        shelf.store.former(item, "9" * max(3, len(held.version)))

    assert missing.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("promoted", [False, True])
def test_after_a_discard_nothing_of_ours_lies_anywhere_and_it_may_be_asked_again(shelf: Shelf, promoted: bool) -> None:  # noqa: FBT001  pytest's way
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    if promoted:
        shelf.store.promote(item, staged, held.version)
    there = shelf.store.staged(item)
    before = shelf.seen(item)
    assert there is not None
    shelf.store.discard(item, there)
    shelf.store.discard(item, there)

    assert shelf.store.staged(item) is None
    assert not shelf.leftover(item)
    assert shelf.seen(item) == before


def test_an_emptied_slot_takes_the_next_rotation(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    _, staged = staged_by(shelf, item)
    shelf.store.discard(item, staged)
    _, next_ = staged_by(shelf, item, "theirs", OTHERS, TOKENS[0])

    assert shelf.store.staged(item) == next_


def test_a_discard_leaves_what_somebody_else_laid_there(shelf: Shelf) -> None:
    item = shelf.put("voice/prod", FIELDS)
    _, ours = staged_by(shelf, item)
    shelf.store.discard(item, ours)
    _, theirs = staged_by(shelf, item, "theirs", OTHERS, TOKENS[0])
    shelf.store.discard(item, ours)

    assert shelf.store.staged(item) == theirs


def test_two_items_have_two_slots(shelf: Shelf) -> None:
    one, other = shelf.put("voice/prod", FIELDS), shelf.put("voice/prod2", FIELDS | {"OTHER": "else"})
    staged_by(shelf, one, "of one")
    _, theirs = staged_by(shelf, other, "of the other", OTHERS, TOKENS[0])

    assert shown(shelf.store.read_staged(other, theirs))["KEY"] == "of the other"
