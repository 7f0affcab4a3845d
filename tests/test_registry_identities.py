"""`[rotate.identities]`: who we are where we write, checked with everything else and used only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.contract import Plugin, ProbeResult, Reference, Settings, Setup
from credwatch.errors import ConfigError, ProviderError
from credwatch.registry import Registry
from credwatch.transport import Transport

CANARY = "canary-4711"


class Table(Settings):
    address: str
    token: Reference | None = None
    role: str = ""
    level: int = 0


class Connection:
    def __init__(self, setup: Setup[Any, Any]) -> None:
        self.name = setup.name
        self.setup = setup

    def check(self) -> ProbeResult:
        return ProbeResult.valid()


STORE = Plugin(provider=Connection, provider_settings=Table, identity=frozenset({"token", "role"}))
FILES = replace(STORE, identity=frozenset())
LIST = replace(STORE, identity=None)
REGISTRY = Registry({"store": STORE, "files": FILES, "list": LIST})
WATCH = '[providers.main]\nuse = "store"\naddress = "here"\ntoken = "env:WATCH"\nlevel = 3\n'


def read(text: str) -> Config:
    return parse(text, {}, "credwatch.toml")


def setup_of(
    config: Config, transport: Transport, name: str = "main", *, rotating: bool = False, writes: bool = True
) -> Setup[Any, Any]:
    opened: Any = REGISTRY.open(config, name, transport, rotating=rotating, writes=writes)
    made: Setup[Any, Any] = opened.setup
    return made


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport()
    yield made
    made.close()


def test_for_a_rotation_the_identity_stands_in_the_place_of_the_watchs_own_keys(transport: Transport) -> None:
    made = setup_of(read(f'{WATCH}[rotate.identities]\nmain = {{ role = "rotator" }}'), transport, rotating=True)

    assert made.writes
    assert made.settings == Table(address="here", level=3, role="rotator")


@pytest.mark.parametrize(
    ("identities", "rotating"),
    [
        ('main = { role = "rotator" }', False),
        ("", False),
        ("", True),
        ('other = { role = "rotator" }', True),
    ],
)
def test_without_an_identity_or_without_a_rotation_it_is_the_watchs_own_and_writes_nothing(
    transport: Transport, identities: str, *, rotating: bool
) -> None:
    other = '[providers.other]\nuse = "store"\naddress = "there"\n'
    made = setup_of(read(f"{WATCH}{other}[rotate.identities]\n{identities}"), transport, rotating=rotating)

    assert made.settings == Table(address="here", level=3, token=Reference("env:WATCH"))
    assert not made.writes


def test_a_dry_run_is_the_identity_that_writes_and_writes_nothing(transport: Transport) -> None:
    config = read(f'{WATCH}[rotate.identities]\nmain = {{ role = "rotator" }}')
    made = setup_of(config, transport, rotating=True, writes=False)

    assert (made.settings.role, made.writes) == ("rotator", False)
    with pytest.raises(ProviderError, match="opened to read"):
        made.reach("127.0.0.1:1").send("DELETE", "http://127.0.0.1:1/", headers={})


def test_where_no_key_says_who_we_are_an_empty_line_lets_it_write(transport: Transport) -> None:
    config = read('[providers.here]\nuse = "files"\naddress = "/run"\n[rotate.identities]\nhere = {}')

    assert REGISTRY.check(config) == []
    assert setup_of(config, transport, "here", rotating=True).writes


@pytest.mark.parametrize(("identities", "permitted"), [('main = { role = "r" }', True), ("", False)])
@pytest.mark.parametrize("way", ["http", "reach"])
def test_only_a_connection_that_writes_has_a_way_out_that_does(
    transport: Transport, identities: str, way: str, *, permitted: bool
) -> None:
    made = setup_of(read(f"{WATCH}[rotate.identities]\n{identities}"), transport, rotating=True)
    http = made.http if way == "http" else made.reach("127.0.0.1:1")

    with pytest.raises(ProviderError) as raised:
        http.send("DELETE", "http://127.0.0.1:1/key", headers={})

    assert ("opened to read" in str(raised.value)) is not permitted


@pytest.mark.parametrize(
    ("identities", "problem"),
    [
        ('mian = { role = "r" }', "line 7: [rotate.identities] mian: there is no [providers.mian]. Did you mean main?"),
        ("lists = { }", "line 7: [rotate.identities] lists: list makes no keys and writes no places."),
        ('main = { rol = "r" }', "main.rol does not say who we are there. Did you mean role?"),
        ('main = { address = "x" }', "main.address does not say who we are there. It has: role, token."),
        ('here = { token = "env:X" }', "here.token does not say who we are there. Leave { } empty."),
        (f'main = {{ token = "{CANARY}" }}', "line 7: [rotate.identities] main.token: a secret is a reference"),
        ("main = { role = 3 }", "line 7: [rotate.identities] main.role must be text"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_opened(
    transport: Transport, identities: str, problem: str
) -> None:
    others = '[providers]\nlists = { use = "list", address = "x" }\nhere = { use = "files", address = "x" }\n'
    main = 'main = { use = "store", address = "x" }\n'
    config = read(f"\n{others}{main}[rotate.identities]\n{identities}")

    problems = REGISTRY.check(config)

    assert [problem in line for line in problems] == [True]
    assert CANARY not in "".join(problems)
    name = next(iter(config.rotate.identities))
    with pytest.raises(ConfigError):
        setup_of(config, transport, name, rotating=True)


def test_what_is_wrong_with_the_watchs_own_table_is_not_told_twice() -> None:
    text = f'{WATCH}adress = "x"\n[rotate.identities]\nmain = {{ role = "r" }}'

    assert REGISTRY.check(read(text)) == [
        "credwatch.toml, line 6: [providers.main] adress is not known. Did you mean address?"
    ]


def test_a_reference_of_an_identity_is_not_read_when_it_is_checked_or_opened(transport: Transport) -> None:
    """Neither file is there: whoever reads one before it is needed fails."""
    config = read(f'{WATCH}[rotate.identities]\nmain = {{ token = "file:/nowhere/rotate" }}')

    assert REGISTRY.check(config) == []
    assert setup_of(config, transport, rotating=True).settings.token == Reference("file:/nowhere/rotate")


def test_opening_a_wrong_table_is_an_error_that_quotes_nothing(transport: Transport) -> None:
    config = read(f'[providers.a]\nuse = "store"\ntoken = "{CANARY}"\n')

    with pytest.raises(ConfigError) as raised:
        REGISTRY.open(config, "a", transport)

    assert str(raised.value).count("\n") == 1
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None
