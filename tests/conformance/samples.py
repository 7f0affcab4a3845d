"""A key of every kind that works, beside the local vendor that issued it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.sandbox.deepgram import Deepgram
from credwatch.sandbox.elevenlabs import ElevenLabs
from credwatch.sandbox.openai import OpenAI
from credwatch.sandbox.server import App, Request, Response, Route, Server
from credwatch.sandbox.twilio import Twilio
from credwatch.sandbox.vault import Vault
from tests.conformance.grounds.amazon import Front
from tests.conformance.grounds.google import API_KEY, Account, Rest
from tests.conformance.grounds.ground import Gate, table
from tests.servers.moto import enforce, reset

OWN = "crm"
"""A kind that only the configuration knows."""
ITEM = "kv/voice/prod"
_CRM = "crm-7f3a9c2e51d84b06"


@dataclass(frozen=True)
class Sample:
    """What an item holds, which of it is secret, and where its vendor is."""

    fields: Mapping[str, str]
    secrets: tuple[str, ...]
    vendor: str = ""
    """The name of its server; empty for what is never tried."""
    ready: Callable[[], Any] = field(default=ExitStack, repr=False)
    """Makes a context in which the vendor takes the key."""
    item: str = ITEM
    """Where it lies."""


class Crm:
    """A vendor that has no plug-in."""

    def routes(self) -> list[Route]:
        """One path, which wants a header."""
        return [Route("GET", "/v2/me", self._me)]

    def _me(self, request: Request) -> Response:
        if request.headers.get("x-api-key") == _CRM:
            return Response.json({"me": "voice"})
        return Response.json({"error": "no such key"}, 401)


class Lab:
    """Every vendor of a kind that is tried, each behind a gate."""

    def __init__(self, moto: str, account: Account) -> None:
        self._moto = moto
        self._account = account
        self.gates: dict[str, Gate] = {}
        self.servers: dict[str, Server] = {}
        self._running = ExitStack()
        self._samples: dict[str, Callable[[], Sample]] = {
            "aws-access-key": self._access_key,
            "aws-session-key": session_key,
            "certificate": certificate,
            "deepgram-api-key": self._deepgram_key,
            "elevenlabs-api-key": self._elevenlabs_key,
            "gcp-api-key": lambda: Sample({"GEMINI_API_KEY": API_KEY}, (API_KEY,), "gcp"),
            "gcp-service-account-key": self._service_account,
            "openai-admin-key": self._admin_key,
            "openai-api-key": self._project_key,
            "twilio-api-key": self._api_key,
            "twilio-auth-token": self._auth_token,
            "vault-approle": approle,
            "vault-short-token": self._short_token,
            "vault-static-role": static_role,
            "vault-token": self._token,
            OWN: lambda: Sample({"CRM_KEY": _CRM}, (_CRM,), OWN),
        }

    def __enter__(self) -> Self:
        self.twilio, self.deepgram, self.elevenlabs, self.openai = Twilio(), Deepgram(), ElevenLabs(), OpenAI()
        self.vault = Vault(root=f"hvs.{'CAESIJ7f3a9c' * 4}")
        apps: dict[str, App] = {
            "aws": Front(self._moto),
            "deepgram": self.deepgram,
            "elevenlabs": self.elevenlabs,
            "gcp": Rest(self._account),
            "openai": self.openai,
            "twilio": self.twilio,
            "vault": self.vault,
            OWN: Crm(),
        }
        for name, app in apps.items():
            self.gates[name] = Gate(app)
            self.servers[name] = self._running.enter_context(Server(self.gates[name]))
        self._open = self.twilio.open("voice").sid
        self.deepgram.projects["p-1"] = self.openai.projects["proj_1"] = "voice"
        self.elevenlabs.accounts["sa-1"] = "voice"
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def kinds(self) -> set[str]:
        """Those that there is a key of."""
        return set(self._samples)

    @contextmanager
    def sample(self, kind: str) -> Iterator[Sample]:
        """A key of this kind, and its vendor as it is."""
        for gate in self.gates.values():
            gate.answer = lambda _: None
        made = self._samples[kind]()
        with made.ready():
            yield made

    def config(self, *, led: bool = True) -> Config:
        """The configuration: led to these vendors, or to nobody's."""
        led_there = [
            table(f"issuers.{name}", base_url=server.url) for name, server in self.servers.items() if name != OWN
        ]
        url = self.servers[OWN].url if led else "https://crm.example.com"
        answers = {"valid": [{"status": 200}], "invalid": [{"status": 401, "body": "no such key"}]}
        own = table(f"providers.{OWN}", use="http", request=f"GET {url}/v2/me", header="X-Api-Key: {secret}", **answers)
        said = f'[[identify]]\nplace = "**#CRM_KEY"\nis = "{OWN}"\n'
        return parse("".join([own, said, *(led_there if led else [])]), {}, "credwatch.toml")

    def _api_key(self) -> Sample:
        key = self.twilio.issue("voice", self._open)
        names = {"TWILIO_API_KEY_SID": key.id, "TWILIO_API_KEY_SECRET": key.value, "TWILIO_ACCOUNT_SID": key.account}
        return Sample(names, (key.value,), "twilio")

    def _auth_token(self) -> Sample:
        key = self.twilio.issue_token(self._open)
        return Sample({"TWILIO_ACCOUNT_SID": key.id, "TWILIO_AUTH_TOKEN": key.value}, (key.value,), "twilio")

    def _deepgram_key(self) -> Sample:
        value = self.deepgram.issue("voice", "p-1").value
        return Sample({"DEEPGRAM_API_KEY": value}, (value,), "deepgram")

    def _elevenlabs_key(self) -> Sample:
        value = self.elevenlabs.issue("voice", "sa-1").value
        return Sample({"ELEVENLABS_API_KEY": value}, (value,), "elevenlabs")

    def _project_key(self) -> Sample:
        value = self.openai.issue("voice", "proj_1").value
        return Sample({"OPENAI_API_KEY": value}, (value,), "openai")

    def _admin_key(self) -> Sample:
        value = self.openai.issue_admin("watch").value
        return Sample({"OPENAI_ADMIN_KEY": value}, (value,), "openai")

    def _service_account(self) -> Sample:
        key = self._account.key["private_key"]
        return Sample({"GOOGLE_SERVICE_ACCOUNT": json.dumps(self._account.key)}, (key, *key.splitlines()[1:3]), "gcp")

    def _token(self) -> Sample:
        return Sample({"VAULT_TOKEN": self.vault.root}, (self.vault.root,), "vault")

    def _short_token(self) -> Sample:
        made = self.vault.ask("update", "auth/token/create", {"policies": ["default"]})["auth"]["client_token"]
        return Sample({"VAULT_TOKEN": made}, (made,), "vault")

    def _access_key(self) -> Sample:
        """Moto lets everybody in until it is told to look at signatures."""
        reset(self._moto)
        given = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin", "region_name": "us-east-1"}
        iam: Any = boto3.client("iam", endpoint_url=self._moto, **given)  # type: ignore[call-overload]
        iam.create_user(UserName="voice")
        key = iam.create_access_key(UserName="voice")["AccessKey"]
        iam.close()
        names = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return Sample(names, (key["SecretAccessKey"],), "aws", lambda: enforce(self._moto))


def session_key() -> Sample:
    """Of a role that somebody assumed."""
    secret, token = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLESESS1", "FwoGZXIvYXdzEBYaD" * 8
    names = {"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
    return Sample(names, (secret, token))


def approle() -> Sample:
    """The two halves of a login."""
    role, secret = (str(uuid.UUID(int=number)) for number in (2**120 + 7, 2**121 + 11))
    return Sample({"VAULT_ROLE_ID": role, "VAULT_SECRET_ID": secret}, (secret,))


def static_role() -> Sample:
    """A password, which only its place tells."""
    value = "D0r0UKsoRzLHGn8yMm-s"
    return Sample({"password": value}, (value,), item="database/static-creds/app")


def certificate() -> Sample:
    """One that signs itself, with its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voice.example.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=90))
    public = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    return Sample({"TLS_CERTIFICATE": public, "TLS_PRIVATE_KEY": private}, (private, *private.splitlines()[1:3]))
