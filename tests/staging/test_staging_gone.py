"""An item that somebody deletes in the middle of a rotation: it is seen to be gone, and what lies beside it goes too."""

from __future__ import annotations

import pytest

from credwatch.contract import ProviderError, Reason
from tests.staging.shelf import FIELDS, Shelf, staged_by


@pytest.mark.parametrize("promoted", [False, True])
def test_it_is_not_found_and_nothing_stays_beside_it(shelf: Shelf, promoted: bool) -> None:  # noqa: FBT001  pytest's way
    item = shelf.put("voice/prod", FIELDS)
    held, staged = staged_by(shelf, item)
    if promoted:
        shelf.store.promote(item, staged, held.version)
    shelf.delete(item)
    with pytest.raises(ProviderError) as gone:
        shelf.store.held(item)
    there = shelf.store.staged(item)
    if there is not None:
        shelf.store.discard(item, there)

    assert (gone.value.reason, gone.value.permanent) == (Reason.NOT_FOUND, True)
    assert not (shelf.beside and shelf.leftover(item))
