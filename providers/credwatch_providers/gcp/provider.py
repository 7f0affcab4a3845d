"""A connection to some Google Cloud projects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from credwatch.contract import (
    ConfigError,
    Diagnosis,
    Facts,
    Found,
    Item,
    Listed,
    Payload,
    ProbeResult,
    Provider,
    ProviderError,
    Reason,
    Reference,
    Setup,
    Step,
    Unlisted,
    mending,
)
from credwatch_providers.gcp.connection import Connection, told
from credwatch_providers.gcp.iam import IAM, Iam
from credwatch_providers.gcp.inventory import ServiceAccountKeys
from credwatch_providers.gcp.minting import Minting
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings
from credwatch_providers.gcp.staging import Staging
from credwatch_providers.gcp.store import Secrets

_SECRETS = ("secretmanager.secrets.list", "secretmanager.versions.list", "secretmanager.versions.access")
_WRITES = (
    "secretmanager.secrets.get",
    "secretmanager.secrets.update",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
)
_KEYS = ("iam.serviceAccounts.list", "iam.serviceAccountKeys.list")
_MAKES = (
    "iam.serviceAccountKeys.create",
    "iam.serviceAccountKeys.delete",
    "iam.serviceAccountKeys.disable",
    "iam.serviceAccountKeys.enable",
)


class GcpProjects(Staging):
    """Secret Manager of some projects."""

    def __init__(self, setup: Setup[GcpSettings, GcpIssuerSettings]) -> None:
        self.name = setup.name
        self._settings = setup.settings
        self._connection = Connection(setup)
        self._secrets = Secrets(setup.name, self._connection)
        Staging.__init__(self, self._connection, self._secrets, setup.http.now)

    def check(self) -> ProbeResult:
        """Log in anew and ask for one secret: who may not see it has still been let in."""
        self._connection.close()
        project = self._settings.projects[0]
        request = {"parent": f"projects/{project}", "page_size": 1}
        try:
            with told():
                self._connection.secrets.list_secrets(request, timeout=self._connection.timeout)
        except ConfigError as error:
            return ProbeResult.unknown(Reason.MISCONFIGURED, str(error))
        except ProviderError as error:
            if error.reason in {Reason.FORBIDDEN, Reason.NOT_FOUND}:
                return ProbeResult.valid(Facts(), Reason.LIMITED, str(error))
            if error.reason is Reason.LOGIN_REFUSED:
                return ProbeResult.invalid(error.reason, str(error))
            return ProbeResult.unknown(error.reason, str(error))
        return ProbeResult.valid()

    def items(self) -> Iterator[Item | Unlisted]:
        """Every secret whose name was asked for, in every project."""
        return self._secrets.items()

    def read(self, item: Item) -> Payload:
        """Its latest version."""
        return self._secrets.read(item)

    def least_privilege(self) -> str:
        """A role for `gcloud iam roles create credwatchWatch --project=… --file=-`; where this was opened to write, to rotate."""
        writes = self._connection.writes
        secrets, keys = (_SECRETS + _WRITES, _KEYS + _MAKES) if writes else (_SECRETS, _KEYS)
        needed = (secrets if self._settings.secrets else ()) + (keys if self._settings.service_account_keys else ())
        lines = [
            f"title: credwatch {'rotate' if writes else 'watch'}",
            "stage: GA",
            "includedPermissions:",
            *(f"- {right}" for right in needed),
        ]
        return "\n".join(lines) + "\n"

    def diagnose(self) -> Iterator[Diagnosis]:
        """Whether we are let in, and what can be listed."""
        checked = self.check()
        inside = checked.reason in {Reason.OK, Reason.LIMITED}
        mend = mending(
            checked.reason, "see that `credentials` names a key that works, or that the default credentials do"
        )
        yield Diagnosis("login", inside, "ok" if inside else checked.detail, "" if inside else mend)
        if inside:
            yield from self._look()

    def _look(self) -> Iterator[Diagnosis]:
        yield from _counted("secrets", self.items, f"grant {', '.join(_SECRETS)}")

    def close(self) -> None:
        """Give up the connections."""
        self._connection.close()


class GcpProjectsWithKeys(GcpProjects, Minting):
    """The same, with IAM's list of service-account keys."""

    def __init__(self, setup: Setup[GcpSettings, GcpIssuerSettings]) -> None:
        GcpProjects.__init__(self, setup)
        way = setup.reach(urlsplit(setup.issuer.at(IAM)).netloc)
        iam = Iam(setup.issuer, way, self._connection.token, writes=setup.writes)
        self._keys = ServiceAccountKeys(setup.settings, iam)
        Minting.__init__(self, setup.settings, iam, self._keys)

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every key that somebody made for a service account."""
        return self._keys.keys()

    def call(self, step: Step, of: Facts | Item) -> str:
        """The call of a step, of a key or a place."""
        return Minting.call(self, step, of) if isinstance(of, Facts) else Staging.call(self, step, of)

    def _look(self) -> Iterator[Diagnosis]:
        yield from super()._look()
        yield from _counted("service-account keys", self.keys, f"grant {', '.join(_KEYS)}")


def connect(setup: Setup[GcpSettings, GcpIssuerSettings]) -> Provider:
    """The projects of a table; nothing is asked yet."""
    return GcpProjectsWithKeys(setup) if setup.settings.service_account_keys else GcpProjects(setup)


def _counted(what: str, listing: Callable[[], Iterator[Any]], mend: str) -> Iterator[Diagnosis]:
    """How many there are, and a line for each part that could not be read."""
    count, hidden = 0, False
    try:
        for found in listing():
            if isinstance(found, Unlisted):
                hidden = True
                yield Diagnosis(
                    f"{what} in {found.scope or 'a project'}",
                    ok=False,
                    said=found.message,
                    mend=mending(found.reason, mend),
                )
            else:
                count += 1
    except ProviderError as error:
        yield Diagnosis(what, ok=False, said=str(error), mend=mending(error.reason, mend))
    else:
        if count or not hidden:
            yield Diagnosis(what, ok=True, said=f"{count} {what}")


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """The project that the environment names, or that the key file it names was made in."""
    key_file = environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    named = next((name for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT") if environ.get(name)), None)
    project = environ[named] if named else _project_of(key_file)
    if not project:
        return
    table: dict[str, Any] = {"use": "gcp", "projects": [project], "secrets": ["**"], "service_account_keys": True}
    yield Found("gcp", table, f"GCP project {project} by {named or 'GOOGLE_APPLICATION_CREDENTIALS'}")


def _project_of(key_file: str) -> str | None:
    if not key_file:
        return None
    try:
        said = json.loads(Reference(f"file:{key_file}").resolve().reveal())
    except (ConfigError, ValueError, RecursionError):
        return None
    project = said.get("project_id") if isinstance(said, dict) else None
    return project if isinstance(project, str) else None
