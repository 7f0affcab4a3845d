from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from credwatch.config.windows import window
from credwatch.rotation.freezes import frozen, next_freeze

MADRID, NEW_YORK, UTC_ZONE = ZoneInfo("Europe/Madrid"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
WEEKEND = "Fri 12:00 - Mon 08:00"
HOLIDAYS = "2026-12-18 - 2027-01-04"


def at(text: str, zone: ZoneInfo = MADRID) -> datetime:
    """A moment by the clock on the wall; `*` behind it: the second time that the hour comes."""
    return datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=zone, fold=int(text.endswith("*"))).astimezone(UTC)


@pytest.mark.parametrize(
    ("freeze", "now", "until"),
    [
        # a week, over its end
        (WEEKEND, "2026-11-27 11:59:59", None),
        (WEEKEND, "2026-11-27 12:00", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-29 23:59", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-30 00:00", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-30 07:59:59", "2026-11-30 08:00"),
        (WEEKEND, "2026-11-30 08:00", None),
        # within a week, over midnight
        ("Tue 22:00 - Wed 06:00", "2026-11-24 21:59", None),
        ("Tue 22:00 - Wed 06:00", "2026-11-25 00:00", "2026-11-25 06:00"),
        ("Tue 22:00 - Wed 06:00", "2026-11-25 06:00", None),
        # within one day
        ("Thu 09:00 - Thu 17:00", "2026-11-26 12:00", "2026-11-26 17:00"),
        ("Thu 09:00 - Thu 17:00", "2026-11-26 18:00", None),
        # all but one day: it ends before it begins in the week
        ("Thu 17:00 - Thu 09:00", "2026-11-26 18:00", "2026-12-03 09:00"),
        ("Thu 17:00 - Thu 09:00", "2026-11-26 08:00", "2026-11-26 09:00"),
        ("Thu 17:00 - Thu 09:00", "2026-11-26 12:00", None),
        # the whole of Sunday, to the last second of the week
        ("Sun 00:00 - Mon 00:00", "2026-11-29 23:59:59", "2026-11-30 00:00"),
        ("Sun 00:00 - Mon 00:00", "2026-11-30 00:00", None),
        # days, both of them whole
        (HOLIDAYS, "2026-12-17 23:59:59", None),
        (HOLIDAYS, "2026-12-18 00:00", "2027-01-05 00:00"),
        (HOLIDAYS, "2027-01-04 23:59:59", "2027-01-05 00:00"),
        (HOLIDAYS, "2027-01-05 00:00", None),
        ("2026-12-24 - 2026-12-24", "2026-12-24 12:00", "2026-12-25 00:00"),
        # clocks go forward on Sun 28 Mar 2027 at 02:00, back on Sun 31 Oct 2027 at 03:00
        (WEEKEND, "2027-03-28 12:00", "2027-03-29 08:00"),
        (WEEKEND, "2027-10-31 12:00", "2027-11-01 08:00"),
        ("Sun 01:00 - Sun 02:30", "2027-03-28 01:59", "2027-03-28 03:30"),
        ("Sun 02:30 - Sun 04:00", "2027-03-28 01:29", None),
        ("Sun 02:30 - Sun 04:00", "2027-03-28 01:30", "2027-03-28 04:00"),
        ("Sun 01:00 - Sun 02:30", "2027-10-31 02:15", "2027-10-31 02:30*"),
        ("Sun 01:00 - Sun 02:30", "2027-10-31 02:29*", "2027-10-31 02:30*"),
        ("Sun 01:00 - Sun 02:30", "2027-10-31 02:30*", None),
        ("Sun 02:30 - Sun 04:00", "2027-10-31 02:29", None),
        ("Sun 02:30 - Sun 04:00", "2027-10-31 02:15*", "2027-10-31 04:00"),
        ("2027-03-28 - 2027-03-28", "2027-03-28 23:59", "2027-03-29 00:00"),
    ],
)
def test_until_when_nothing_may_be_begun(freeze: str, now: str, until: str | None) -> None:
    assert frozen([window(freeze)], at(now), MADRID) == (until and at(until))


@pytest.mark.parametrize(
    ("freezes", "now", "until"),
    [
        ([WEEKEND, HOLIDAYS], "2026-12-18 09:00", "2027-01-05 00:00"),
        ([WEEKEND, "2026-11-30 - 2026-11-30"], "2026-11-28 09:00", "2026-12-01 00:00"),
        (["Mon 00:00 - Wed 00:00", "Wed 00:00 - Fri 00:00"], "2026-11-23 09:00", "2026-11-27 00:00"),
        (["Mon 00:00 - Wed 00:00", "Wed 00:01 - Fri 00:00"], "2026-11-23 09:00", "2026-11-25 00:00"),
        ([HOLIDAYS, "Tue 00:00 - Tue 06:00", WEEKEND], "2027-01-04 12:00", "2027-01-05 06:00"),
    ],
)
def test_windows_that_meet_are_one(freezes: list[str], now: str, until: str) -> None:
    windows = [window(text) for text in freezes]

    assert frozen(windows, at(now), MADRID) == at(until)
    assert frozen(windows[::-1], at(now), MADRID) == at(until)


def test_without_a_window_nothing_is_frozen_and_none_is_to_come() -> None:
    now = at("2026-11-28 12:00")

    assert (frozen([], now, MADRID), next_freeze([], now, MADRID)) == (None, None)


def test_the_zone_says_which_hours_are_meant() -> None:
    now = at("2026-11-27 11:30", UTC_ZONE)
    found = [frozen([window(WEEKEND)], now, zone) for zone in (MADRID, UTC_ZONE, NEW_YORK)]

    assert found == [at("2026-11-30 08:00"), None, None]


def test_windows_that_leave_nothing_free_end_the_look_ahead_after_a_year() -> None:
    """The configuration refuses them; a watch that met them would still answer."""
    now = at("2026-11-24 12:00")
    until = frozen([window("Mon 00:00 - Thu 00:00"), window("Thu 00:00 - Mon 00:00")], now, MADRID)

    assert until is not None
    assert timedelta(days=366) <= until - now < timedelta(days=380)


@pytest.mark.parametrize(
    ("freezes", "now", "begins"),
    [
        ([WEEKEND], "2026-11-24 12:00", "2026-11-27 12:00"),
        ([WEEKEND], "2026-11-27 11:59", "2026-11-27 12:00"),
        ([WEEKEND], "2026-11-27 12:00", "2026-12-04 12:00"),
        ([WEEKEND], "2026-11-30 07:00", "2026-12-04 12:00"),
        ([HOLIDAYS], "2026-11-24 12:00", "2026-12-18 00:00"),
        ([HOLIDAYS], "2026-12-19 12:00", None),
        ([WEEKEND, "2026-11-25 - 2026-11-25"], "2026-11-24 12:00", "2026-11-25 00:00"),
        (["Sun 02:30 - Sun 04:00"], "2027-03-27 12:00", "2027-03-28 01:30"),
    ],
)
def test_when_the_next_freeze_begins(freezes: list[str], now: str, begins: str | None) -> None:
    assert next_freeze([window(text) for text in freezes], at(now), MADRID) == (begins and at(begins))
