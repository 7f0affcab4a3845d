"""The whole file as one model: what stands in the environment wins over what stands in the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from credwatch.config.tables import (
    Connection,
    Daemon,
    Deadline,
    Defaults,
    Identify,
    Name,
    Network,
    Owner,
    Rule,
    Slack,
    Web,
)
from credwatch.config.values import Zone


class Document(BaseSettings):
    """Every table of a configuration. Made from `document=` (as TOML reads it) and `environ=` (`daemon__data` to text)."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        case_sensitive=True,
        env_nested_delimiter="__",
    )

    timezone: Zone = ZoneInfo("UTC")
    slack: Slack | None = None
    owners: Mapping[str, Owner] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    providers: dict[Name, Connection] = Field(default_factory=dict)
    issuers: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    identify: tuple[Identify, ...] = ()
    rules: tuple[Rule, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    daemon: Daemon = Daemon()
    network: Network = Network()
    web: Web = Web()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The given environment, then the given text; never this process's own."""
        del env_settings, dotenv_settings, file_secret_settings
        given = init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        return _Environment(settings_cls, given["environ"]), InitSettingsSource(settings_cls, given["document"])


class _Environment(EnvSettingsSource):
    """Variables that were handed in; a text is a list or a table only when it is written as one."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self.env_vars = environ

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """JSON lists and tables; everything else stays text, an account's number too."""
        del field_name, field
        if isinstance(value, str) and value[:1] in {"[", "{"}:
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                return value
        return value


def document(read: Mapping[str, Any], environ: Mapping[str, str]) -> Document:
    """Check everything at once. pydantic's ValidationError names every mistake."""
    given: dict[str, Any] = {"document": dict(read), "environ": dict(environ)}
    return Document(**given)
