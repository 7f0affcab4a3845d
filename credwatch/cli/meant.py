"""Which credential somebody means, or why that cannot be told."""

from __future__ import annotations

import sys

from credwatch.cli.render import shown
from credwatch.ledger import Ledger
from credwatch.ledger.queries.naming import find
from credwatch.log import typed

NOT_ONE = 64


def where_known(ledger: Ledger) -> str:
    """What to do when what was meant is not known."""
    return "credwatch list shows every place" if any(ledger.size()) else "Nothing was looked at yet: credwatch sweep"


def one_of(ledger: Ledger, word: str) -> str | None:
    """The one credential that is meant. When there is none, or several are, that is said on standard error."""
    found = find(ledger, word) or find(ledger, typed(word))
    if len(found) == 1:
        return found[0].credential
    if not found:
        sys.stderr.write(f"credwatch: nothing known ends with {shown(word)}. {where_known(ledger)}\n")
        return None
    most = found[:20]
    sys.stderr.write(f"credwatch: {shown(word)} may be any of these. Say more of the one that is meant:\n")
    for meant in most:
        sys.stderr.write(f"  {shown(meant.place)}  {meant.credential}\n")
    if len(found) > len(most):
        sys.stderr.write("  and more: credwatch list\n")
    return None
