"""A .env file as people write it: read as it stands, and nothing of our own environment gets into it."""

from __future__ import annotations

import pytest

from tests.bad_input.hand import CANARY
from tests.bad_input.shelf import GOOD, Shelf

KEPT = {
    "export": "export DEEPGRAM_API_KEY={}\n",
    "single quotes": "DEEPGRAM_API_KEY='{}'\n",
    "double quotes and a comment": 'DEEPGRAM_API_KEY="{}"   # of voice\n',
    "a comment after a space": "DEEPGRAM_API_KEY={} # of voice\n",
    "spaces around the sign": "  DEEPGRAM_API_KEY = {}  \n",
    "carriage returns": "A=1\r\nDEEPGRAM_API_KEY={}\r\n",
    "carriage returns alone": "A=1\rDEEPGRAM_API_KEY={}\r",
    "the last of a name": "DEEPGRAM_API_KEY=x\nDEEPGRAM_API_KEY={}\n",
    "after a value of several lines": 'NOTE="one\nDEEPGRAM_API_KEY=no\n\'"\nDEEPGRAM_API_KEY={}\n',
    "after a PEM without quotes": "K=-----BEGIN A-----\nab=\n-----END A-----\nDEEPGRAM_API_KEY={}\n",
    "after a line that is none": "A=1\nB=2\nset -a; source x\nDEEPGRAM_API_KEY={}\n",
    "after a sign alone": "A=1\nB=\n=\n==\nC=3\nDEEPGRAM_API_KEY={}\n",
    "after quotes without an end": "A='never ends\nDEEPGRAM_API_KEY={}\n",
    "without a newline": "DEEPGRAM_API_KEY={}",
    "after a comment with a quote": "# don't\nDEEPGRAM_API_KEY={}\n",
}  # fmt: skip


def test_a_key_is_found_however_its_line_is_written(shelf: Shelf) -> None:
    (shelf.path / GOOD).unlink()
    for name, text in KEPT.items():
        shelf.put(name, text.format(shelf.key))

    keys = shelf.hand("check", "shelf", "--json").json["keys"]

    found = {key["place"].rpartition("/")[2]: key["standing"] for key in keys}
    assert found == {f"{name}#DEEPGRAM_API_KEY": "works" for name in KEPT}


NOT_A_KEY = {
    "a reference in braces": "DEEPGRAM_API_KEY=${REAL}\n",
    "a reference": "DEEPGRAM_API_KEY=$REAL\n",
    "a reference in quotes": 'DEEPGRAM_API_KEY="${REAL}"\n',
    "a reference with a default": "DEEPGRAM_API_KEY=${REAL:-none}\n",
    "a reference within the file": "REAL_ONE=x\nDEEPGRAM_API_KEY=${REAL_ONE}\n",
    "a command": "DEEPGRAM_API_KEY=$(printenv REAL)\n",
    "a command in backticks": "DEEPGRAM_API_KEY=`printenv REAL`\n",
}


@pytest.mark.parametrize("text", NOT_A_KEY.values(), ids=NOT_A_KEY)
def test_nothing_is_expanded_from_our_environment_and_nothing_is_sent(shelf: Shelf, text: str) -> None:
    shelf.put(GOOD, text)
    shelf.hand.environment = {"REAL": shelf.key, "REAL_ONE": CANARY}

    done = shelf.hand("check", f"shelf/{GOOD}")

    assert (done.code, "Sent to nobody." in done.out) == (0, True), done.out
