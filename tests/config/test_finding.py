"""Where the probes are, as a glance tells it before everything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from credwatch.config.finding import probes
from credwatch.config.loading import load

RIGHT = [
    ("", {}, "0.0.0.0:8081"),
    ("[web]\nwindow = '127.0.0.1:1'\n", {}, "0.0.0.0:8081"),
    ("[web]\nprobes = '127.0.0.1:9000'\n", {}, "127.0.0.1:9000"),
    ("web.probes = '[::1]:0'\n", {}, "[::1]:0"),
    ("web = { probes = 'localhost:9000' }\n", {"CREDWATCH_DAEMON__EVERY": "1h"}, "localhost:9000"),
]
NOT_SEEN = [
    ("", {"CREDWATCH_WEB__PROBES": "127.0.0.1:9000"}),
    ("[web]\nprobes = '127.0.0.1:1'\n", {"CREDWATCH_Web__Probes": "127.0.0.1:9000"}),
]
WRONG = ["web = 1", "[web]\nprobes = 9000", "[web]\nprobes = 'example.com:80'", "[web", "a = " + "[" * 100_000]


@pytest.mark.parametrize(("text", "environ", "where"), RIGHT)
def test_a_glance_tells_what_the_whole_reading_tells(
    text: str, environ: dict[str, str], where: str, tmp_path: Path
) -> None:
    path = tmp_path / "credwatch.toml"
    path.write_text(text)

    assert str(probes(path, environ)) == where
    assert load(path, environ).web.probes == probes(path, environ)


@pytest.mark.parametrize(("text", "environ"), NOT_SEEN)
def test_what_only_the_whole_reading_can_tell_waits_for_it(text: str, environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "credwatch.toml"
    path.write_text(text)

    assert probes(path, environ) is None
    assert str(load(path, environ).web.probes) == "127.0.0.1:9000"


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_left_to_the_whole_reading_to_say(text: str, tmp_path: Path) -> None:
    path = tmp_path / "credwatch.toml"
    path.write_text(text)

    assert probes(path, {}) is None


def test_it_looks_at_the_file_that_is_read(tmp_path: Path) -> None:
    for number, name in enumerate(("option", "environment", "place")):
        (tmp_path / name).write_text(f"web.probes = '127.0.0.1:{number}'\n")
    environ, places = {"CREDWATCH_CONFIG": str(tmp_path / "environment")}, [tmp_path / "absent", tmp_path / "place"]

    assert [
        str(probes(tmp_path / "option", environ, places)),
        str(probes(None, environ, places)),
        str(probes(None, {}, places)),
        str(probes(None, {}, places[:1])),
        probes(tmp_path / "absent", {}, places),
    ] == ["127.0.0.1:0", "127.0.0.1:1", "127.0.0.1:2", "0.0.0.0:8081", None]
