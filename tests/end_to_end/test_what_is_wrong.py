"""What a person is told who has made a mistake: an exit code, and a sentence that ends with what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from credwatch.sandbox.server import Server
from credwatch.sandbox.vault import Vault
from tests.end_to_end.world import PYTHON

VAULT = '[providers.vault-prod]\nuse = "vault"\naddress = "{url}"\nauth = {{ token = "{token}" }}\npaths = ["kv/**"]\n'
NOBODY = "http://127.0.0.1:9"


def told(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and the last line that was written, on either stream."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    command = [PYTHON, "-m", "credwatch", *arguments]
    done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "NOT SEEN" in line or done.returncode != 3]
    return done.returncode, lines[-1]


def configured(folder: Path, text: str) -> None:
    (folder / "credwatch.toml").write_text(f'[daemon]\ndata = "{folder}/data"\nephemeral = true\n{text}')


@pytest.mark.parametrize(
    ("text", "code", "ending"),
    [
        pytest.param("[providers.vault-prod\n", 78, "Text stands in quotes; see toml.io.", id="not TOML"),
        pytest.param(
            '[providers.vault-prod]\nuse = "vualt"\n',
            78,
            'Did you mean "vault"? Installed:',
            id="unknown provider word",
        ),
        pytest.param("[provider.vault-prod]\n", 78, "Did you mean [providers]?", id="unknown table"),
        pytest.param("", 78, "credwatch init helps", id="nothing to look at"),
        pytest.param(
            VAULT.format(url=NOBODY, token="env:WATCH"), 3, "credwatch doctor says how to mend it", id="nobody answers"
        ),
        pytest.param(
            VAULT.format(url=NOBODY, token="env:NOWHERE"), 3, "credwatch doctor says how to mend it", id="no token"
        ),
    ],
)
def test_a_sweep_that_cannot_be_says_why_and_what_to_do(tmp_path: Path, text: str, code: int, ending: str) -> None:
    configured(tmp_path, text)

    ended, line = told(tmp_path, "sweep", "--no-settle", WATCH="s.unknown")

    assert (ended, ending in line) == (code, True), line


def test_a_token_that_is_not_taken_is_a_login_that_was_refused(tmp_path: Path) -> None:
    with Server(Vault()) as server:
        configured(tmp_path, VAULT.format(url=server.url, token="env:WATCH"))

        code, line = told(tmp_path, "sweep", "--no-settle", WATCH="s.wrong-canary")

    assert code == 3
    assert "NOT SEEN  login_refused" in line
    assert "canary" not in line


def test_without_a_configuration_nothing_is_made_and_the_way_on_is_said(tmp_path: Path) -> None:
    data = tmp_path / "data"

    code, line = told(tmp_path, "sweep", CREDWATCH_DAEMON__DATA=str(data))

    assert code == 78
    assert line.endswith("credwatch init helps")
    assert not data.exists()


def test_a_configuration_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    code, line = told(tmp_path, "--config", "nowhere.toml", "sweep")

    assert (code, line.endswith("Write one with `credwatch init`.")) == (78, True)


def test_a_data_directory_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    configured(tmp_path, VAULT.format(url=NOBODY, token="env:WATCH"))
    (tmp_path / "data").write_text("a file")

    code, line = told(tmp_path, "sweep", WATCH="s.unknown")

    assert (code, line.endswith("or name another directory: [daemon] data")) == (74, True), line


@pytest.mark.parametrize("arguments", [("swep",), ("sweep", "--nosettle")])
def test_a_wrong_word_on_the_command_line_is_answered_with_the_right_one(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, line = told(tmp_path, *arguments)

    assert (code, "Did you mean" in line) == (64, True)
