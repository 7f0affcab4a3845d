"""No value shows while keys are made and unmade: in no exception, log, repr, request line or traceback."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable

import pytest

from credwatch.contract import Disables, ProviderError, Reply, Sunsets
from credwatch.sandbox.keys import Fault
from tests.leaks.searching import Search
from tests.minting.ground import Ground

STATUSES = (200, 201, 302, 400, 401, 402, 403, 404, 409, 422, 429, 501)


def shown(work: Callable[[], object]) -> str:
    """All that can be seen of what it came to."""
    try:
        made = work()
    except ProviderError as error:
        return "".join(
            [*traceback.format_exception(error), repr(error), str(error), repr(error.args), repr(vars(error))]
        )
    return f"{made!r} {made!s}"


def everything(ground: Ground, work: Callable[[], object]) -> str:
    """What it came to, and what then hangs on the connection."""
    return shown(work) + repr(vars(ground.minter)) + repr(ground.http.changes)


def test_no_value_shows_when_all_goes_well(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = ground.mint()
    said = everything(ground, lambda: made) + "".join(
        [
            shown(lambda: ground.minter.detail(made.facts)),
            shown(lambda: list(ground.minter.beside(made.facts))),
            shown(lambda: ground.minter.may(made.facts)),
            shown(lambda: ground.minter.carried(made.facts, None)),
            shown(lambda: ground.minter.revoke(made.facts)),
        ]
    )

    assert ground.identity(made.values) in ground.secrets.values()
    assert Search(ground.secrets.items()).hits("what was made", said + caplog.text) == []


@pytest.mark.parametrize("fault", list(Fault))
def test_no_value_shows_when_an_answer_is_lost(ground: Ground, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ground.fault(fault)
    said = everything(ground, ground.mint)
    ground.fault(fault)
    said += everything(ground, lambda: ground.minter.revoke(ground.old))

    assert Search(ground.secrets.items()).hits("what was said", said + caplog.text) == []


def test_no_value_shows_when_everything_is_repeated(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    values = list(ground.secrets.values())
    told = " ".join(values)
    words = {"err_code": told, "err_msg": told, "category": told, "message": told, "code": told, "more_info": told}
    nested = {"detail": {"status": told, "message": told}, "error": {"code": told, "type": told, "message": told}}
    made = {"key": told, "secret": told, "value": told, "xi-api-key": told, "id": "", "sid": told, "api_key_id": told}
    body = json.dumps({**words, **nested, **made, "key_id": "", "secondary_auth_token": told}).encode()
    old, work = ground.old, [ground.mint, lambda: ground.minter.revoke(old)]
    if isinstance(ground.minter, Disables):
        work += [lambda: ground.minter.disable(old), lambda: ground.minter.enable(old)]
    if isinstance(ground.minter, Sunsets):
        work += [lambda: ground.minter.sunset(old, ground.http.now())]
    said = ""
    for status in STATUSES:
        ground.http.answer = lambda status=status: Reply(status, {}, body)
        said += "".join(everything(ground, each) for each in work)

    assert len(ground.http.changes) >= 2 * len(STATUSES)
    assert Search(ground.secrets.items()).hits("what was said", said + caplog.text) == []
