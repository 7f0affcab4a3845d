"""A stranger's plug-in that quotes what it holds wherever it can. Copied beside the program as an installed package.

It is written as no plug-in should be, and imports nothing of the tests.
"""

from __future__ import annotations

import atexit
import json
import logging
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from credwatch.contract import (
    ConfigError,
    Diagnosis,
    Facts,
    Http,
    Item,
    Kind,
    Listed,
    Match,
    Payload,
    Plugin,
    ProbeResult,
    ProviderError,
    Reason,
    Reference,
    Role,
    Secret,
    Settings,
    Setup,
    TransportError,
    Unlisted,
)

_log = logging.getLogger("leaky")


def noted(value: str) -> Exception:
    error = RuntimeError("see the note")
    error.add_note(f"it was {value}")
    return error


def caused(value: str) -> Exception:
    error = KeyError(value)
    error.__cause__, error.__context__ = ValueError(value), TypeError(value)
    return error


def undecodable(value: str) -> Exception:
    try:
        (value.encode() + b"\xff").decode()
    except UnicodeDecodeError as error:
        return error
    return ValueError(value)


def invalid(value: str) -> Exception:
    try:
        TypeAdapter(int).validate_python({"key": value})
    except ValueError as error:
        return error
    return ValueError(value)


def unparsed(value: str) -> Exception:
    try:
        json.loads(f'{{"key": "{value}"')
    except ValueError as error:
        return error
    return ValueError(value)


WAYS: tuple[Callable[[str], BaseException], ...] = (
    lambda value: ValueError(f"bad key {value}"),
    lambda value: ProviderError(Reason.BROKEN, f"GET /?key={value}: 500"),
    lambda value: TransportError(Reason.TIMEOUT, f"no answer for {value.encode().hex()} {value}"),
    lambda value: ConfigError(f"[leaky] {value} is wrong"),
    lambda value: OSError(2, f"no {value}", f"/run/{value}"),
    lambda value: ExceptionGroup(f"all of {value}", [ValueError(value), TypeError(value)]),
    lambda value: subprocess.CalledProcessError(1, ["curl", "-H", value], value.encode()),
    noted,
    caused,
    undecodable,
    invalid,
    unparsed,
    lambda value: AssertionError({"headers": {"authorization": f"Bearer {value}"}}),
    UserWarning,
    lambda value: RecursionError(value * 3),
    StopIteration,
    GeneratorExit,
    lambda value: SystemExit(f"cannot go on with {value}"),
    KeyboardInterrupt,
)
"""How an exception may quote a value; the last three end a thread."""
CAUGHT, LEAVES = len(WAYS) - 3, len(WAYS) - 2
KIND = Kind(
    "leaky-key",
    "leaky",
    "Leaky",
    "Leaky key",
    (Role("key", r"leaky\d\d_[A-Za-z0-9]{30}", secret=True, proof=True),),
    hosts=("127.0.0.1:1",),
    read=lambda values: Facts(account=values["key"].reveal().partition("_")[0]),
    joins="never",
)
FACTS = Kind(
    "leaky-facts",
    "leaky",
    "Leaky",
    "Leaky facts",
    (Role("key", r"readable\d\d_[A-Za-z0-9]{30}", secret=True, proof=True),),
    read=lambda values: quote(values["key"].reveal()),
    joins="never",
    probed=False,
)


def quote(value: str) -> Any:
    """Raise in the way that the value itself names: `leaky07_…`."""
    _log.debug("about %s", value, extra={"value": value}, stack_info=True)
    _log.error("failed with %r", value.encode())
    warnings.warn(f"{value} is deprecated", stacklevel=2)
    raise WAYS[int(value.partition("_")[0][-2:]) % len(WAYS)](value)


class LeakySettings(Settings):
    """`[providers.NAME] use = "leaky"`."""

    secret: Reference
    holds: str
    """A file with a value in each line."""
    raises: str = ""
    """The method that fails."""


class Vendor:
    """Tries its keys."""

    def __init__(self, settings: Settings) -> None:
        del settings

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """Fail, or answer with the key itself in every word."""
        del match, http
        value = values["key"].reveal()
        if int(value.partition("_")[0][-2:]) < CAUGHT:
            quote(value)
        facts = Facts(account=f"account {value}", name=value, creator=value, scopes=frozenset({value}))
        return ProbeResult.valid(facts, detail=f"200 {value}")


class Leaky:
    """A store and a list at once."""

    def __init__(self, setup: Setup[Any, Any]) -> None:
        self.name, self._settings = setup.name, setup.settings
        self._own = setup.settings.secret.resolve().reveal()
        atexit.register(self._fail, "atexit")
        self._fail("open")

    def _fail(self, where: str) -> None:
        _log.warning("%s: opened with %s", where, self._own)
        if self._settings.raises == where:
            quote(self._own)

    def check(self) -> ProbeResult:
        self._fail("check")
        return ProbeResult.valid(detail=f"hello {self._own}")

    def items(self) -> Iterator[Item | Unlisted]:
        self._fail("items")
        try:
            for number, _ in enumerate(Path(self._settings.holds).read_text().splitlines()):
                yield Item(self.name, f"shelf/{number}")
            yield Unlisted("cellar", Reason.FORBIDDEN, f"not with {self._own}")
            self._fail("items, later")
        finally:
            self._fail("items, at the end")

    def read(self, item: Item) -> Payload:
        self._fail("read")
        lines = Path(self._settings.holds).read_text().splitlines()
        return Payload({"KEY": Secret(lines[int(item.locator.partition("/")[2])])})

    def keys(self) -> Iterator[Listed | Unlisted]:
        self._fail("keys")
        yield Listed(KIND, Facts(account="a", key_id="k-1", name="one"))
        self._fail("keys, later")

    def diagnose(self) -> Iterator[Diagnosis]:
        yield Diagnosis("login", ok=False, said=f"as {self._own}", mend=f"not with {self._own}")
        self._fail("diagnose")

    def least_privilege(self) -> str:
        self._fail("least_privilege")
        return f"path {self._own}"

    def close(self) -> None:
        self._fail("close")

    def __del__(self) -> None:
        self._fail("del")


METHODS = (
    "open",
    "check",
    "items",
    "items, later",
    "items, at the end",
    "read",
    "keys",
    "keys, later",
    "diagnose",
    "least_privilege",
    "close",
    "del",
    "atexit",
)
plugin = Plugin(
    kinds=(KIND, FACTS), issuer=Vendor, provider=Leaky, provider_settings=LeakySettings, hosts=("127.0.0.1:1",)
)
