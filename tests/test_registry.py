from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, ValidationInfo, field_validator

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.contract import Http, Issuer, Match, Plugin, ProbeResult, Provider, Secret, Settings, Setup
from credwatch.errors import ConfigError
from credwatch.model import Kind, Role
from credwatch.references import Reference
from credwatch.registry import Registry
from credwatch.transport import Bound, Transport

CANARY = "canary-4711"


class Auth(Settings):
    token: Reference | None = None
    user: str | None = None


class Table(Settings):
    address: str
    auth: Auth | None = None
    level: Literal["low", "high"] = "low"
    number: int = 0
    account: str = Field(default="1", pattern=r"^\d+$")


class Issuing(Settings):
    base_url: str = "https://api.acme.example"
    token_url: str | None = None
    region: str = "https://not-an-address.example"


class Header(Settings):
    header: str

    @field_validator("header")
    @classmethod
    def _has_a_place_for_the_key(cls, header: str, info: ValidationInfo) -> str:
        del info
        if "{secret}" not in header:
            raise ValueError('the key must stand somewhere: "Bearer {secret}"')
        return header


class Trier:
    def __init__(self, where: str) -> None:
        self.where = where

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        del match, values, http
        return ProbeResult.valid()


class Connection:
    def __init__(self, setup: Setup[Any, Any]) -> None:
        self.name = setup.name
        self.setup = setup

    def check(self) -> ProbeResult:
        return ProbeResult.valid()


def kind(name: str, *hosts: str, probed: bool = True) -> Kind:
    return Kind(name, "acme", "Acme", f"{name} key", (Role("secret", ".+", secret=True),), hosts, probed=probed)


def own(name: str, settings: Header) -> tuple[Kind, Issuer]:
    return kind(name, "crm.example"), Trier(settings.header)


ACME = Plugin(
    kinds=(kind("acme-key", "api.acme.example"), kind("acme-certificate", probed=False)),
    issuer=lambda settings: Trier(settings.base_url),
    provider=Connection,
    issuer_settings=Issuing,
    provider_settings=Table,
    hosts=("admin.acme.example",),
)
STORE = Plugin(provider=Connection, provider_settings=Table)
HTTP = Plugin(own=own, provider_settings=Header)
SILENT = Plugin(kinds=(kind("silent-key"),))
REGISTRY = Registry({"acme": ACME, "store": STORE, "http": HTTP, "silent": SILENT})
CRM = '[providers.crm]\nuse = "http"\nheader = "Bearer {secret}"\nevery = "1h"\n'


def read(text: str) -> Config:
    return parse(text, {}, "credwatch.toml")


class Noting(Transport):
    """Notes which hosts a way was asked for to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[set[str]] = []

    def to(self, hosts: Iterable[str], **how: Any) -> Bound:
        self.asked_for.append(set(hosts))
        return super().to(self.asked_for[-1], **how)


@pytest.fixture
def transport() -> Iterator[Noting]:
    made = Noting()
    yield made
    made.close()


def test_every_kind_is_there_without_any_configuration() -> None:
    assert [kind.name for kind in REGISTRY.kinds(read(""))] == ["acme-key", "acme-certificate", "silent-key"]


def test_only_kinds_that_somebody_can_try_have_an_issuer() -> None:
    assert set(REGISTRY.issuers(read(CRM))) == {"acme-key", "crm"}


def test_an_issuers_addresses_widen_the_hosts_of_its_kinds() -> None:
    text = '[issuers.acme]\nbase_url = "http://127.0.0.1:9001/v1"\ntoken_url = "https://Login.acme.example"'

    kinds = {kind.name: kind for kind in REGISTRY.kinds(read(text))}

    assert kinds["acme-key"].hosts == ("api.acme.example", "127.0.0.1:9001", "login.acme.example")
    assert kinds["acme-certificate"].hosts == ()
    assert kinds["silent-key"].hosts == ()


def test_an_issuer_is_made_from_its_table() -> None:
    _, issuer = REGISTRY.issuers(read('[issuers.acme]\nbase_url = "https://eu.acme.example"'))["acme-key"]

    assert isinstance(issuer, Trier)
    assert issuer.where == "https://eu.acme.example"


def test_a_table_may_be_a_kind_itself_and_its_pace_is_the_kinds() -> None:
    crm, _ = REGISTRY.issuers(read(CRM))["crm"]

    assert (crm.name, crm.hosts, crm.least_interval) == ("crm", ("crm.example",), timedelta(hours=1))


def test_only_connections_are_opened(transport: Noting) -> None:
    config = read(CRM + '[providers.a]\nuse = "store"\naddress = "x"\n')

    assert REGISTRY.connections(config) == ("a",)
    with pytest.raises(ConfigError, match=r"line 1: \[providers\.crm\] describes a kind of key"):
        REGISTRY.open(config, "crm", transport)
    with pytest.raises(ConfigError, match=r"there is no \[providers\.cram\]\. Did you mean crm\?"):
        REGISTRY.open(config, "cram", transport)


@pytest.mark.parametrize(("line", "proxy"), [("", None), ("proxy = true\n", "http://egress.test:1")])
def test_a_connection_is_made_from_its_own_keys_and_its_issuers(
    transport: Noting, tmp_path: Path, line: str, proxy: str | None
) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    config = read(
        f'[network]\nca = "{ca}"\nproxy = "http://egress.test:1"\n[issuers.acme]\nregion = "eu"\n[providers.main]\nuse = "acme"\nevery = "1h"\n'
        f'read = ["kv/**"]\naddress = "x"\n{line}'
    )

    opened: Provider = REGISTRY.open(config, "main", transport)

    assert isinstance(opened, Connection)
    assert (opened.name, opened.setup.ca, opened.setup.proxy) == ("main", ca, proxy)
    assert opened.setup.settings == Table(address="x")
    assert opened.setup.issuer == Issuing(region="eu")


def test_a_connections_way_out_leads_to_its_own_hosts_only(transport: Noting) -> None:
    config = read(f'[issuers.acme]\nbase_url = "http://127.0.0.1:1"\n[providers.a]\nuse = "acme"\naddress = "x"\n{CRM}')

    opened: Provider = REGISTRY.open(config, "a", transport)

    assert isinstance(opened, Connection)
    assert transport.asked_for == [{"api.acme.example", "admin.acme.example", "127.0.0.1:1"}]
    opened.setup.reach("store.example:8200")
    assert transport.asked_for[1:] == [{"store.example:8200"}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[providers.a]\nuse = "acm"',
            'line 2: [providers.a] use: no plug-in of this name is installed. Did you mean "acme"?',
        ),
        ('[providers.a]\nuse = "silent"', "line 1: [providers.a] needs no table"),
        ('[providers.a]\nuse = "acme"', "line 1: [providers.a] address is missing; it must be given"),
        (
            '[providers.a]\nuse = "acme"\nadress = "x"',
            "line 3: [providers.a] adress is not known. Did you mean address?",
        ),
        (
            '[providers.a]\nuse = "acme"\naddress = "x"\nevry = "1h"',
            "line 4: [providers.a] evry is not known. Did you mean every?",
        ),
        (
            '[providers.a]\nuse = "acme"\naddress = "x"\nlevel = "hi"',
            "line 4: [providers.a] level must be one of 'low' or 'high'",
        ),
        (
            '[providers.a]\nuse = "acme"\naddress = "x"\nnumber = "y"',
            "line 4: [providers.a] number must be a whole number",
        ),
        (
            '[providers.a]\nuse = "acme"\naddress = "x"\naccount = "y"',
            r"line 4: [providers.a] account must match ^\d+$",
        ),
        (
            '[providers.a]\nuse = "acme"\naddress = "x"\n[providers.a.auth]\ntokn = "x"',
            "line 5: [providers.a] auth.tokn is not known. Did",
        ),
        (
            f'[providers.a]\nuse = "acme"\naddress = "x"\nauth.token = "{CANARY}"',
            "line 4: [providers.a] auth.token: a secret is a ref",
        ),
        (
            '[providers.a]\nuse = "http"\nheader = "Bearer"',
            "line 3: [providers.a] header: the key must stand somewhere",
        ),
        ("[issuers.acne]\n", "line 1: [issuers.acne] is not known. Did you mean [issuers.acme]?"),
        ('[issuers.acme]\nbase = "x"', "line 2: [issuers.acme] base is not known. Did you mean base_url?"),
        ("[issuers.store]\nx = 1", "line 2: [issuers.store] x is not known. Nothing may stand here."),
        (
            '[issuers.acme]\nbase_url = "http://acme.example"',
            'line 2: [issuers.acme] base_url: must begin with "https://"',
        ),
        (
            f'[issuers.acme]\ntoken_url = "https://u:{CANARY}@acme.example"',
            "line 2: [issuers.acme] token_url: no user and no",
        ),
        (CRM.replace("crm", "acme-key"), "line 1: [providers.acme-key]: plug-in acme has a kind of key of this name."),
        (
            CRM.replace("crm", "deadline"),
            "line 1: [providers.deadline]: credwatch itself has a kind of key of this name.",
        ),
        (
            '[[identify]]\nplace = "a:b"\nis = "acme-kye"',
            "line 3: [[identify]] is: no kind of key has this name. Did you mean acme-key?",
        ),
        (
            '[[identify]]\nplace = "a:b"\nis = "acme-key"\nfields = { secrt = "X" }',
            "line 4: [[identify]] fields.secrt is no part of a acme-key key. Did you mean secret?",
        ),
        (
            '[[identify]]\nplace = "a:b"\nis = "acme-key"\nprobe = "https://evil.example/"',
            "line 4: [[identify]] probe: a acme-key key may be sent to api.acme.example only.",
        ),
        (
            '[[identify]]\nplace = "a:b"\nis = "acme-key"\nkey_id = "key_1"',
            "line 4: [[identify]] key_id is for kinds whose list shows how each key ends; a acme-key key is known without",
        ),
        (
            '[[rules]]\nmatch = { kind = ["acme-*", "crn"] }\nowner = "x"\n' + CRM,
            "line 2: [[rules]] match.kind: no kind of key has this name. Did you mean crm?",
        ),
    ],
)
def test_a_problem_in_a_plug_ins_table_is_told_like_any_other(text: str, problem: str) -> None:
    problems = REGISTRY.check(read(text))

    assert [line.startswith(f"credwatch.toml, {problem}") for line in problems] == [True]
    assert CANARY not in "".join(problems)


def test_every_problem_is_told_at_once() -> None:
    text = '[issuers.acne]\n[providers.a]\nuse = "acme"\n[providers.b]\nuse = "stor"\n[issuers.acme]\nbase_url = "x"'

    assert len(REGISTRY.check(read(text))) == 4


@pytest.mark.parametrize(
    "text",
    [
        CRM + '[[rules]]\nmatch = { kind = ["crm", "deadline", "unrecognised", "acme-*"] }\nowner = "x"',
        CRM
        + '[[identify]]\nplace = "a:b"\nis = "crm"\nfields = { secret = "X" }\nprobe = "https://crm.example:443/me"',
        '[providers.a]\nuse = "acme"\naddress = "x"\nauth = { token = "env:T" }',
    ],
)
def test_what_is_right_has_no_problem(text: str) -> None:
    assert REGISTRY.check(read(text)) == []


def test_two_plug_ins_may_not_offer_one_kind() -> None:
    twice = Registry({"acme": ACME, "copy": ACME})

    with pytest.raises(ConfigError, match='plug-in copy: plug-in acme offers a kind of key named "acme-key" too'):
        twice.kinds(read(""))
    assert len(twice.check(read(""))) == 1
