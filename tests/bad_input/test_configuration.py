"""A configuration that is wrong: what, where and the fix, whichever command reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bad_input.hand import CANARY, Hand

VAULT = '[providers.v]\nuse = "vault"\naddress = "http://127.0.0.1:9"\nauth = { token = "env:T" }\npaths = ["kv/**"]\n'
COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    "config check": (("config", "check"), 78),
    "doctor": (("doctor",), 78),
    "sweep": (("sweep", "--no-settle"), 78),
    "check": (("check",), 78),
    "status": (("status",), 78),
    "list": (("list",), 78),
    "deliver": (("deliver",), 78),
    "run": (("run", "--no-window"), 78),
    "window": (("window",), 78),
}
WRONG = {
    "TOML that breaks off": ("a = 1\n[providers.v\n", "watch.toml, line 2: this is not TOML at column 13"),
    "a text without an end": (f'[slack]\ntoken = "{CANARY}\n', "watch.toml, line 2: this is not TOML at column"),
    "text without quotes": (f"[slack]\ntoken = {CANARY}\n", "line 2: this is not TOML at column 9: Invalid value. Text"),
    "a key twice": ('[daemon]\nevery = "1h"\nevery = "2h"\n', "watch.toml, line 3: this is not TOML"),
    "nested without end": ("a = " + "[" * 5_000 + "]" * 5_000, "nested too deeply. Take some levels out."),
    "binary": (bytes(range(256)), "watch.toml: this is not UTF-8 text. Save it as UTF-8."),
    "UTF-16": ("[daemon]\n".encode("utf-16"), "watch.toml: this is not UTF-8 text. Save it as UTF-8."),
    "NUL bytes": (b"[daemon]\n\0", "watch.toml, line 2: this is not TOML"),
    "a number for a length": ("[daemon]\nevery = 5\n", "line 2: [daemon] every: a length is a whole number and s, m,"),
    "a list for a length": (f'[daemon]\nevery = ["{CANARY}"]\n', "watch.toml, line 2: [daemon] every: a length is"),
    "a path that is none": ('[daemon]\ndata = "a\\u0000b"\n', "line 2: [daemon] data: no path has a NUL in it"),
    "a time zone that is none": ('timezone = "Mars/Base"\n', "line 1: timezone: there is no time zone of this name; one is"),
    "a length without an end": (f'[daemon]\nevery = "{"9" * 400}d"\n', "line 2: [daemon] every: a length is"),
    "an address to listen at that is none": ('[web]\nwindow = "127.0.0.1:99999"\n', "line 2: [web] window: an address is a host and a port"),
    "a certificate without an end": ('[network]\nca = "/dev/zero"\n', "line 2: [network] ca: there is no such file"),
    "a number for a table": ("providers = 3\n", "watch.toml, line 1: providers must be a table"),
    "a text for a table": (f'[providers]\nv = "{CANARY}"\n', "watch.toml, line 2: [providers.v] must be a table"),
    "a list of tables for one": ('[[providers]]\nuse = "vault"\n', "watch.toml, line 1: providers must be a table"),
    "an unknown key": ('[daemon]\nevry = "1h"\n', "line 2: [daemon] evry is not known. Did you mean every?"),
    "an unknown table": ("[provider.v]\n", "line 1: [provider] is not known. Did you mean [providers]?"),
    "no use": ('[providers.v]\naddress = "x"\n', "line 1: [providers.v] use is missing"),
    "a literal token": (
        f'[slack]\ntoken = "xoxb-{CANARY}"\nwarnings = "#a"\n',
        'line 2: [slack] token: a secret is a reference, "env:NAME" or "file:/absolute/path"',
    ),
}  # fmt: skip
ONLY_CHECKED = {
    "an unknown use": ('[providers.v]\nuse = "vualt"\n', "line 2: [providers.v] use: no plug-in of this name is"),
    "an unknown key of a plug-in": (VAULT.replace("paths", "path"), "[providers.v] path is not known. Did you mean paths"),
    "an unknown issuer": ("[issuers.deepgrm]\n", "line 1: [issuers.deepgrm] is not known. Did you mean [issuers.deepgram]"),
    "a literal of a plug-in": (VAULT.replace("env:T", f"hvs.{CANARY}"), "[providers.v] auth.token: a secret is a reference"),
    "an address with a password": (
        VAULT.replace("127.0.0.1:9", f"u:{CANARY}@x:99999"),
        "[providers.v] address: an address is scheme, host and port",
    ),
    "a token in the open": (
        VAULT.replace("127.0.0.1", "vault.example.com"),
        "[providers.v] address: a token travels over https only",
    ),
    "an address that is none": (VAULT.replace("127.0.0.1:9", "["), "[providers.v] address: an address is scheme, host"),
    "a request to nowhere": (
        f'[providers.crm]\nuse = "http"\nrequest = "GET http://[/{CANARY}"\nheader = "X: {{secret}}"\nvalid = []\n',
        "line 3: [providers.crm] request: the URL has a host, and this is none",
    ),
    "a kind that is none": ('[[identify]]\nplace = "v:x"\nis = "deepgram"\n', "line 3: [[identify]] is: no kind of key has"),
    "a wrong type of a plug-in": (VAULT.replace('["kv/**"]', "3"), "line 5: [providers.v] paths must be a list"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line_and_the_fix(hand: Hand, text: str | bytes, said: str) -> None:
    (hand.folder / "watch.toml").write_bytes(text if isinstance(text, bytes) else text.encode())

    done = hand("config", "check")

    assert (done.code, said in done.err) == (78, True), done.err
    assert not (hand.folder / "data").exists()


@pytest.mark.parametrize(("command", "code"), COMMANDS.values(), ids=COMMANDS)
def test_every_command_that_reads_it_says_the_same(hand: Hand, command: tuple[str, ...], code: int) -> None:
    text, said = WRONG["an unknown key"]
    (hand.folder / "watch.toml").write_text(f'{text}data = "{hand.folder}/data"\n')

    done = hand(*command)

    assert (done.code, said in done.err) == (code, True), done.err
    assert not (hand.folder / "data").exists()


@pytest.mark.parametrize(("text", "said"), ONLY_CHECKED.values(), ids=ONLY_CHECKED)
def test_what_a_plug_in_does_not_understand_is_told_before_anything_is_connected_to(
    hand: Hand, text: str, said: str
) -> None:
    (hand.folder / "watch.toml").write_text(text)

    done = hand("config", "check")

    assert (done.code, said in done.err) == (78, True), done.err


@pytest.mark.parametrize("row", ["an unknown key of a plug-in", "a literal of a plug-in"])
def test_one_wrong_table_costs_its_own_provider_and_no_other(hand: Hand, row: str) -> None:
    (hand.folder / "keys").mkdir()
    text, said = ONLY_CHECKED[row]
    hand.configure(f'{text}[providers.shelf]\nuse = "files"\npaths = ["{hand.folder}/keys"]\n')

    swept, checked, doctor = hand("sweep", "--no-settle"), hand("check"), hand("doctor")

    assert (swept.code, checked.code, doctor.code) == (3, 3, 1)
    assert all(said in done.out for done in (swept, checked, doctor))
    assert "  shelf  0 items, 0 credentials" in swept.out
    assert hand("run", "--no-window").code == 78


NOTHING: dict[str, tuple[tuple[str, ...], int, str]] = {
    "config check": (("config", "check"), 0, "0 providers"),
    "doctor": (("doctor",), 0, "Nothing is wrong."),
    "sweep": (("sweep",), 78, "no provider is configured, so there is nothing to look at. credwatch init helps"),
    "check": (("check",), 64, "nothing is configured, so there is nothing to try. Name a file: credwatch check .env"),
    "status": (("status",), 74, "there is no ledger in"),
    "list": (("list",), 74, "credwatch sweep makes one"),
}
EMPTY = {"empty": b"", "a comment": b"# nothing\r\n", "the mark of a byte order": b"\xef\xbb\xbf"}


@pytest.mark.parametrize(("command", "code", "said"), NOTHING.values(), ids=NOTHING)
def test_without_a_configuration_the_way_on_is_said(
    tmp_path: Path, command: tuple[str, ...], code: int, said: str
) -> None:
    data = {"CREDWATCH_DAEMON__DATA": str(tmp_path / "data"), "CREDWATCH_DAEMON__EPHEMERAL": "true"}

    done = Hand(tmp_path, data)(*command, config=False)

    assert (done.code, said in done.said) == (code, True), done.said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", EMPTY.values(), ids=EMPTY)
def test_an_empty_configuration_is_no_mistake(hand: Hand, content: bytes) -> None:
    (hand.folder / "watch.toml").write_bytes(content)

    assert (hand("config", "check").code, hand("sweep").code) == (0, 78)


UNREADABLE = {
    "not there": ("nowhere.toml", "there is no such file. Write one with `credwatch init`."),
    "a folder": ("folder", "cannot be read, Is a directory. Mend its rights or its path."),
    "a loop": ("loop", "cannot be read, Too many levels of symbolic links. Mend its rights or its path."),
    "a device without an end": ("/dev/zero", "this is larger than a configuration can be"),
    "below a file": ("file/x.toml", "cannot be read, Not a directory. Mend its rights or its path."),
}


@pytest.mark.parametrize(("path", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_configuration_that_cannot_be_read_is_named_with_why(hand: Hand, path: str, said: str) -> None:
    (hand.folder / "folder").mkdir()
    (hand.folder / "file").touch()
    (hand.folder / "loop").symlink_to("loop")

    done = hand("--config", path, "config", "check", config=False)

    assert (done.code, path in done.err, said in done.err) == (78, True, True), done.err


def test_a_configuration_that_may_not_be_read_is_named_with_why(hand: Hand) -> None:
    (hand.folder / "watch.toml").touch(mode=0o000)
    (hand.folder / "watch.toml").chmod(0o000)

    done = hand("config", "check", humbly=True)

    assert done.code == 78
    assert "watch.toml: cannot be read, Permission denied. Mend its rights or its path." in done.err


@pytest.mark.parametrize("key_file", ["pipe", "/dev/zero", "deep"])
def test_a_first_configuration_waits_for_nothing_that_the_environment_names(tmp_path: Path, key_file: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "deep").write_text("[" * 100_000)
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / key_file), "VAULT_ADDR": f"http://x:{CANARY}@["}

    done = Hand(tmp_path, environment)("init", config=False)

    assert (done.code, "Found: nothing in this environment." in done.out) == (0, True), done.said
