"""What an entry point names, and all that a connection is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from credwatch.contract.replies import Http
from credwatch.contract.watching import Issuer, Provider
from credwatch.model import Kind

S = TypeVar("S", bound=BaseModel)
IS = TypeVar("IS", bound=BaseModel)


class Settings(BaseModel):
    """The base of every table a plug-in reads: frozen, no unknown key, no input repeated in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True, defer_build=True
    )


class NoSettings(Settings):
    """A table in which nothing may stand."""


@dataclass(frozen=True)
class Found:
    """What `init` saw in the environment: a table to write, and a sentence about it."""

    name: str
    table: Mapping[str, Any]
    said: str


@dataclass(frozen=True)
class Setup(Generic[S, IS]):
    """All that a connection is made from."""

    name: str
    settings: S
    issuer: IS
    http: Http
    """For a vendor's own list: to the hosts of the plug-in's kinds only, patient with 429 and 5xx."""
    reach: Callable[[str], Http]
    """As patient, to the one host ("host" or "host:port") that our own table or a cloud's SDK names. Never one that was read.

    Past the proxy, unless the table says `proxy = true`: a store is reached directly.
    """
    ca: Path | None = None
    """For an SDK that can only go its own way, as the two below: that way is to be ours."""
    proxy: str | None = None
    """For every host but this machine; None where the store is reached directly."""
    timeout: timedelta = timedelta(seconds=20)
    """For one call, from its first to its last byte."""
    writes: bool = False
    """Whether the connection is opened to rotate. Without it `http` and `reach` send nothing that may change something."""
    trusting: Callable[[str, Path], Http] | None = None
    """As `reach`, to a host whose certificate is of an authority of its own: this file's. None: it is not to be had."""


@dataclass(frozen=True)
class Plugin:
    """What an entry point of the group `credwatch.providers` names."""

    kinds: tuple[Kind, ...] = ()
    issuer: Callable[[Any], Issuer] | None = None
    """From the table `[issuers.NAME]`; works with all defaults."""
    provider: Callable[[Setup[Any, Any]], Provider] | None = None
    own: Callable[[str, Any], tuple[Kind, Issuer]] | None = None
    """A provider table that is itself a kind: `http`."""
    discover: Callable[[Mapping[str, str]], Iterator[Found]] | None = None
    issuer_settings: type[Settings] = NoSettings
    """A key named `base_url`, or ending in `_url`, adds its host to those of the plug-in's kinds."""
    provider_settings: type[Settings] = NoSettings
    hosts: tuple[str, ...] = field(default=())
    """Further hosts that only this plug-in's own list calls (an admin API)."""
    reaches: Callable[[Any, Any], Iterable[str]] | None = None
    """From the settings of a table and of the issuer: the hosts that its connection calls, where no key names them whole."""
    identity: frozenset[str] | None = None
    """The keys of its table that say who we are: `[rotate.identities]` puts others in their place.

    Empty: nothing in a table says it (files, which the process writes as itself). None: it cannot be opened to write.
    """
    harmless: Callable[[str, str, Mapping[str, str], bytes], bool] | None = None
    """Whether a request (method, URL, headers, body) that is no GET, HEAD or LIST changes nothing all the same: a login."""
