"""A value is configured by reference only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from credwatch.errors import ConfigError
from credwatch.references import LARGEST, Reference
from credwatch.secrets import own


class Table(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    admin: Reference


@pytest.mark.parametrize("text", ["env:TOKEN", "env:_A1", "file:/run/secrets/x", "file:/with space/x"])
def test_a_reference_is_what_was_written(text: str) -> None:
    assert str(Reference.parse(text)) == text
    assert Table.model_validate({"admin": text}).admin == Reference(text)


@pytest.mark.parametrize(
    "literal",
    [
        "sk-canary",
        "",
        "env:",
        "env:1canary",
        "env:CANARY canary",
        "env:CANARY\n",
        "file:canary/relative",
        "file:",
        "ENV:canary",
        " env:canary",
        "vault:canary",
        7,
        None,
        ["env:canary"],
    ],
)
def test_a_literal_is_refused_and_not_repeated(literal: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Table.model_validate({"admin": literal})

    assert "a literal value is refused" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_environment_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Reference.parse("env:CREDWATCH_TEST_TOKEN")
    monkeypatch.setenv("CREDWATCH_TEST_TOKEN", "one")
    first = reference.resolve().reveal()
    monkeypatch.setenv("CREDWATCH_TEST_TOKEN", "two")

    assert (first, reference.resolve().reveal()) == ("one", "two")


@pytest.mark.parametrize(
    ("written", "read"),
    [(b"abc", b"abc"), (b"abc\n", b"abc"), (b"abc\r\n", b"abc"), (b" a b \n", b" a b "), (b"\xff\x00a", b"\xff\x00a")],
)
def test_a_file_is_read_without_the_newline_at_its_end(tmp_path: Path, written: bytes, read: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(written)

    assert Reference.parse(f"file:{file}").resolve().reveal_bytes() == read


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDWATCH_TEST_TOKEN", raising=False)
    monkeypatch.setenv("CREDWATCH_TEST_EMPTY", "")
    (tmp_path / "empty").write_text(" \n")

    for text in (
        "env:CREDWATCH_TEST_TOKEN",
        "env:CREDWATCH_TEST_EMPTY",
        f"file:{tmp_path}/none",
        f"file:{tmp_path}/empty",
        f"file:{tmp_path}",
    ):
        with pytest.raises(ConfigError) as caught:
            Reference.parse(text).resolve()

        assert str(caught.value).startswith(f"{text}: ")


def test_what_is_no_plain_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    said = {
        "/dev/zero": "this is a pipe or a device, and no plain file",
        f"{tmp_path}/pipe": "this is a pipe or a device, and no plain file",
        f"{tmp_path}/loop": "Too many levels of symbolic links",
        f"{tmp_path}": "this is a directory",
    }

    for path, what in said.items():
        with pytest.raises(ConfigError) as caught:
            Reference.parse(f"file:{path}").resolve()

        assert str(caught.value) == f"file:{path}: {what}. Put it where credwatch can read it"


def test_a_file_that_is_too_large_for_a_secret_is_not_held(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"x" * LARGEST)
    assert len(Reference.parse(f"file:{file}").resolve()) == LARGEST
    os.truncate(file, LARGEST + 1)

    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        Reference.parse(f"file:{file}").resolve()


def test_what_a_reference_led_to_is_one_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("sk-in-a-file-0001\n")
    monkeypatch.setenv("TOKEN", "sk-in-the-environment-0001")

    for text in (f"file:{tmp_path}/token", "env:TOKEN"):
        Reference(text).resolve()

    assert {"sk-in-a-file-0001", "sk-in-the-environment-0001"} <= {secret.reveal() for secret in own()}
