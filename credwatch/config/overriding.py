"""What stands in the environment, over what stands in the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from credwatch.config.settings import Document


class Overridden(Document, BaseSettings):
    """A configuration made from `document=` (as TOML reads it) and `environ=` (`daemon__data` to text)."""

    model_config = SettingsConfigDict(case_sensitive=True, env_nested_delimiter="__")

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
