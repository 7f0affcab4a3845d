"""The tables `[providers.NAME] use = "gcp"` and `[issuers.gcp]`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from credwatch.contract import Reference, Settings


class GcpIssuerSettings(Settings):
    """`base_url` leads every probe, and the list of service-account keys, there."""

    base_url: str | None = None

    def at(self, host: str) -> str:
        """The base of a URL: the vendor's host, unless the table leads elsewhere."""
        return self.base_url.rstrip("/") if self.base_url else host


class GcpSettings(Settings):
    """Some projects, and what of them is watched."""

    projects: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.:-]{2,60}$")], ...], Field(min_length=1)]
    secrets: tuple[str, ...] = ()
    """Patterns over names: `**` is every secret."""
    service_account_keys: bool = False
    credentials: Reference | None = None
    """A service account's JSON. None: Google's application default credentials."""
    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?$")] = "secretmanager.googleapis.com"
    """Where Secret Manager answers: `host` or `host:port`, always over TLS."""

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not self.secrets and not self.service_account_keys:
            raise ValueError('watches nothing: give secrets = ["**"], or service_account_keys = true')
        return self
