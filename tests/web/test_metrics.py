from __future__ import annotations

import os
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from credwatch.model import Status
from credwatch.web.metrics import Reading
from tests.ledger.world import BY_ID, DAY, INVALID, START, VALID, judged, seen
from tests.web.world import Stack, ticking

NAME = 'voice-prod "<b>"'
EXPECTED = {
    "credwatch_build_info",
    "credwatch_credential_expiry_timestamp_seconds",
    "credwatch_credential_status",
    "credwatch_provider_up",
    "credwatch_provider_last_success_timestamp_seconds",
    "credwatch_sweep_duration_seconds",
    "credwatch_sweep_last_timestamp_seconds",
    "credwatch_incidents_open",
    "credwatch_outbox_pending",
    "credwatch_ledger_writable",
    "credwatch_rotations",
    "credwatch_rotation_begun_timestamp_seconds",
    "credwatch_rotation_failures",
    "credwatch_rotations_paused",
}


def scrape(stack: Stack) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = stack.get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        found[family.name] = [(sample.labels, sample.value) for sample in family.samples]
    return found


def test_every_metric_is_there_before_the_first_sweep(stack: Stack) -> None:
    assert scrape(stack).keys() == EXPECTED


def test_what_the_ledger_knows_in_labels_that_are_ids(stack: Stack) -> None:
    world = stack.world
    world.configured = {"vault": "1", "aws": "2"}
    dates = judged(Status.EXPIRING, clocks=(ticking(START + 10 * DAY),))
    number = world.look(seen("vault:kv/a#TOKEN", "f1", tried=VALID, name=NAME), broken=["aws"])
    world.now += timedelta(seconds=12)
    world.ledger.looked(number, world.now)
    world.now += timedelta(seconds=1)
    world.close(number, judge=lambda _memory, _now: dates)
    id_ = world.one("select id from credential")
    found = scrape(stack)

    assert found["credwatch_credential_status"] == [({"id": id_, "vendor": "twilio", "status": "expiring"}, 1)]
    assert found["credwatch_credential_expiry_timestamp_seconds"] == [
        (
            {"id": id_, "vendor": "twilio", "kind": "twilio-api-key", "clock": "hard"},
            (START + 10 * DAY).timestamp(),
        )
    ]
    assert found["credwatch_provider_up"] == [({"provider": "aws"}, 0), ({"provider": "vault"}, 1)]
    assert found["credwatch_provider_last_success_timestamp_seconds"] == [({"provider": "vault"}, START.timestamp())]
    assert found["credwatch_sweep_duration_seconds"] == [({}, 12)]
    assert found["credwatch_sweep_last_timestamp_seconds"] == [({}, world.now.timestamp())]
    text = stack.get("/metrics").text
    assert not [word for word in (NAME, "voice-prod", "TOKEN", "kv/a", "f1") if word in text]


def test_a_vendor_may_be_called_anything(stack: Stack) -> None:
    """The name of a table of `use = "http"` is a vendor's, and a kind's."""
    odd = replace(BY_ID, vendor='o"d\\n\nd', name='k"')
    stack.world.sweep(seen("vault:kv/a#X", "f1", kind=odd), judge=lambda _m, _n: judged(clocks=(ticking(START + DAY),)))
    found = scrape(stack)

    (stands,), (ends,) = found["credwatch_credential_status"], found["credwatch_credential_expiry_timestamp_seconds"]
    assert stands[0]["vendor"] == ends[0]["vendor"] == odd.vendor
    assert ends[0]["kind"] == odd.name


def test_what_is_told_of_thousands_takes_little_more_memory_than_its_text(stack: Stack) -> None:
    """The process stays for a year, and two Prometheus may ask it at once."""
    with stack.world.ledger.transaction() as db:
        for number in range(4_000):
            db.execute(
                "insert into credential (id, kind, kind_title, vendor, vendor_name, joins, probed, first_seen, last_seen,"
                " status) values ('c-' || ?, 'twilio-api-key', 'T', 'twilio', 'T', 'id', 1, 1, 1, 'ok')",
                (number,),
            )
    size = len(Reading.of(stack.world.ledger, START).text())
    tracemalloc.start()
    Reading.of(stack.world.ledger, START).text()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * size


def test_what_is_open_and_what_is_not_told(stack: Stack) -> None:
    world = stack.world
    world.sweep(seen("vault:kv/a#X", "f1", tried=INVALID))
    with world.ledger.transaction() as db:
        db.execute(
            "insert into incident (id, about, subject, step, opened_at, moved_at) values ('cw-1', 'provider', 'vault', 'blind', 1, 1)"
        )
        db.execute(
            "insert into outbox (dedupe_key, sweep_id, about, subject, step, level, created_at)"
            " values ('a', 1, 'provider', 'vault', 'blind', 'warning', 1), ('b', 99, 'self', '', 'x', 'warning', 1)"
        )
        db.execute("insert into sweep (id, started_at, providers, rules) values (99, 1, '[]', '')")
    found = scrape(stack)

    assert found["credwatch_incidents_open"] == [({"about": "provider"}, 1)]
    assert found["credwatch_outbox_pending"] == [({}, 1)]


def test_that_the_last_sweep_could_not_write_is_a_metric_as_long_as_the_ledger_can_be_read(stack: Stack) -> None:
    shown = [scrape(stack)["credwatch_ledger_writable"]]
    stack.writes = False
    shown.append(scrape(stack)["credwatch_ledger_writable"])

    assert shown == [[({}, 1)], [({}, 0)]]


@pytest.mark.parametrize("status", [Status.GONE, Status.UNWATCHED])
def test_a_key_that_is_gone_leaves_no_series_behind(stack: Stack, status: Status) -> None:
    stack.world.sweep(
        seen("vault:kv/a#X", "f1"),
        judge=lambda _m, _n: judged(status, clocks=(ticking(START + DAY),)),
    )
    found = scrape(stack)

    assert found["credwatch_credential_status"] == []
    assert found["credwatch_credential_expiry_timestamp_seconds"] == []


def test_promtool_has_nothing_to_say(stack: Stack) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert os.environ.get("CREDWATCH_REQUIRE") != "all", "promtool is missing: apt-get install prometheus"
        pytest.skip("promtool is not installed")
    stack.world.sweep(seen("vault:kv/a#X", "f1"), judge=lambda _m, _n: judged(clocks=(ticking(START + DAY),)))
    text = stack.get("/metrics").text

    ended = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
