"""A vendor's own words, said to the keys of every vendor."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from credwatch.contract import Reason, Validity
from tests.conformance.samples import Sample
from tests.faults.keys import PROBED
from tests.faults.looking import Run
from tests.faults.scripts import says
from tests.faults.stage import Stages
from tests.faults.table import Fault
from tests.faults.words import DEAD, WORDS, Words


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.name)
def test_the_words_of_a_vendor_decide_of_its_own_keys_only(
    words: Words, samples: Mapping[str, Sample], stages: Stages
) -> None:
    with stages.play(Fault(words.name, Reason.OK, says(words.answer)), pace=0) as played:
        said = Run(played, samples, stages).said

    assert {kind: said[kind] for kind in words.kinds} == dict.fromkeys(words.kinds, (words.validity, words.reason))
    strangers = [kind for kind in PROBED if kind not in words.kinds]
    assert [kind for kind in strangers if said[kind][0] is not Validity.UNKNOWN] == []
    assert played.trap.seen == []


def test_every_kind_has_words_that_kill_it() -> None:
    """For a new kind: add them to words.py, so that the other tests are known to be able to fail."""
    assert sorted(kind for words in DEAD for kind in words.kinds) == sorted(PROBED)
