"""A clock that is ten minutes wrong, ours or a vendor's."""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from credwatch.contract import Reason, Validity
from tests.conformance.samples import Sample
from tests.end_to_end.world import World
from tests.faults.keys import PROBED
from tests.faults.looking import Run
from tests.faults.program import Begun, answers, printed, reasons
from tests.faults.scripts import Stage, answer, says
from tests.faults.stage import Stages
from tests.faults.table import Fault
from tests.faults.words import DEAD

TEN = timedelta(minutes=10)
BEARABLE = timedelta(minutes=5)
SIGNED = {"aws-access-key", "gcp-service-account-key"}
"""Whose requests bear a time."""
_AWS = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>{}</Message></Error>"
    "</ErrorResponse>"
)
_LATE = "Signature expired: {0} is now earlier than {1} ({1} - 5 min.)"
_EARLY = "Signature not yet current: {0} is still later than {1} ({1} + 5 min.)"
_GOOGLE = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class Strict:
    """Looks at the time in what is signed, and says what AWS and Google say when it is wrong; a date in each answer."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def __call__(self, _: Stage) -> Callable[[socket.socket, bytes], None]:
        return lambda sock, request: sock.sendall(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        date = b"Date: " + format_datetime(self._now(), usegmt=True).encode()
        stamp = re.search(rb"(?i)x-amz-date: (\d{8}T\d{6}Z)", request)
        if stamp:
            said = datetime.strptime(stamp[1].decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            words = _LATE if said < self._now() else _EARLY
            body = _AWS.format(words.format(stamp[1].decode(), f"{self._now():%Y%m%dT%H%M%SZ}"))
            if abs(said - self._now()) > BEARABLE:
                return answer(body.encode(), date, status="403 Forbidden")
        claims = re.search(rb"assertion=[^.]+\.([^.]+)\.", request)
        if claims:
            signed = json.loads(base64.urlsafe_b64decode(claims[1] + b"=" * (-len(claims[1]) % 4)))
            issued, ends = (datetime.fromtimestamp(signed[name], UTC) for name in ("iat", "exp"))
            if issued - BEARABLE > self._now() or ends + BEARABLE / 5 < self._now():
                error = {"error": "invalid_grant", "error_description": _GOOGLE}
                return answer(json.dumps(error).encode(), date, status="400 Bad Request")
        return answer(b"", date, status="503 Later")


@pytest.mark.parametrize("wrong", [-TEN, TEN], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_is_no_word_about_a_key(
    wrong: timedelta, samples: Mapping[str, Sample], stages: Stages
) -> None:
    """Here it is the vendor's, which comes to the same."""
    fault = Fault("another time", Reason.CLOCK_SKEW, Strict(lambda: datetime.now(UTC) - wrong))
    with stages.play(fault, pace=0) as played:
        said = Run(played, samples, stages).said

    assert said == {
        kind: (Validity.UNKNOWN, Reason.CLOCK_SKEW if kind in SIGNED else Reason.SERVER_ERROR) for kind in PROBED
    }


@pytest.mark.parametrize("wrong", [-TEN, TEN], ids=["behind", "ahead"])
def test_a_wrong_clock_of_ours_kills_nothing_and_wakes_nobody(
    wrong: timedelta, begun: Begun, stages: Stages, tmp_path: Path
) -> None:
    worlds: list[World] = []
    fault = Fault("another time", Reason.CLOCK_SKEW, Strict(lambda: worlds[0].now - wrong))
    with (
        stages.play_beside(begun.trap, fault, pace=0) as played,
        begun.a_day_later(tmp_path, lambda _: played.url) as world,
    ):
        worlds.append(world)
        world.sweep()
        world.deliver()
        _, listed = printed(world, "list", "--json")

        assert {kind: answers(world)[kind] for kind in PROBED} == {kind: ["valid", "unknown"] for kind in PROBED}
        assert {kind for kind, reason in reasons(world).items() if reason == Reason.CLOCK_SKEW} == SIGNED
        assert world.pages() == []
    assert {line["standing"] for line in json.loads(listed)} == {"cannot tell"}


def test_a_date_in_an_answer_changes_nothing(samples: Mapping[str, Sample], stages: Stages) -> None:
    """A refusal is as good from a vendor whose Date header is wrong, or nonsense."""
    (words,) = (each for each in DEAD if each.kinds == ("deepgram-api-key",))
    said = []
    for date in (b"Thu, 01 Jan 1970 00:00:00 GMT", b"Fri, 31 Dec 9999 23:59:59 GMT", b"yesterday"):
        text = answer(words.body.encode(), b"Date: " + date, status="401 No")
        fault = Fault("a date", Reason.OK, says(text))
        with stages.play(fault, pace=0) as played:
            said.append(Run(played, samples, stages).said["deepgram-api-key"][0])

    assert said == [Validity.INVALID] * 3
