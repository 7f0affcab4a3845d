from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.errors import ConfigError

NAME = "credwatch.toml"


def test_the_environment_wins_over_the_file() -> None:
    environ = {"CREDWATCH_DAEMON__DATA": "/srv/data", "CREDWATCH_TIMEZONE": "Europe/Madrid"}

    config = parse('[daemon]\ndata = "/elsewhere"\nkeep = "5d"', environ, NAME)

    assert (config.daemon.data, config.daemon.keep.days, config.timezone.key) == (Path("/srv/data"), 5, "Europe/Madrid")


def test_this_processes_own_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDWATCH_DAEMON__DATA", "/elsewhere")
    monkeypatch.setenv("DAEMON__DATA", "/elsewhere")
    monkeypatch.setenv("timezone", "Europe/Madrid")

    config = parse("", {}, NAME)

    assert (config.daemon.data, config.timezone.key) == (Path("/var/lib/credwatch"), "UTC")


def test_an_empty_variable_is_not_set() -> None:
    assert parse('[daemon]\ndata = "/srv"', {"CREDWATCH_DAEMON__DATA": ""}, NAME).daemon.data == Path("/srv")


def test_underscores_of_a_variable_stand_for_the_dashes_of_a_table() -> None:
    environ = {
        "CREDWATCH_PROVIDERS__VAULT_PROD__ADDRESS": "https://vault.example.com",
        "CREDWATCH_PROVIDERS__VAULT_PROD__AUTH__KUBERNETES": "watch",
        "CREDWATCH_PROVIDERS__VAULT_PROD__EVERY": "1h",
        "CREDWATCH_PROVIDERS__NEW_ONE__USE": "aws",
        "CREDWATCH_ISSUERS__EL__BASE_URL": "https://x.example.com",
        "CREDWATCH_OWNERS__SALES_ENG__CHANNEL": "#s",
    }

    config = parse('[providers.Vault-Prod]\nuse = "vault"\naddress = "x"\npaths = ["a"]', environ, NAME)

    assert set(config.providers) == {"Vault-Prod", "new-one"}
    assert config.providers["Vault-Prod"].table == {
        "address": "https://vault.example.com",
        "paths": ["a"],
        "auth": {"kubernetes": "watch"},
    }
    assert config.every("Vault-Prod").total_seconds() == 3600
    assert config.issuers == {"el": {"base_url": "https://x.example.com"}}
    assert config.owners["sales-eng"].channel == "#s"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("111122223333", "111122223333"),
        ("true", "true"),
        ('["a", "b"]', ["a", "b"]),
        ('{"eu": "AC1"}', {"eu": "AC1"}),
        ("[not json", "[not json"),
        ('"quoted"', '"quoted"'),
    ],
)
def test_a_value_is_a_list_or_a_table_only_when_it_is_written_as_one(value: str, expected: object) -> None:
    config = parse('[providers.a]\nuse = "aws"', {"CREDWATCH_PROVIDERS__A__X": value}, NAME)

    assert config.providers["a"].table == {"x": expected}


def test_a_list_of_lengths_is_given_as_json() -> None:
    config = parse("", {"CREDWATCH_DEFAULTS__WARN": '["7d", "30d"]'}, NAME)

    assert [threshold.days for threshold in config.defaults.warn] == [30, 7]


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("CREDWATCH_SLAK__TOKEN", " Did you mean CREDWATCH_SLACK__TOKEN?"),
        ("CREDWATCH_SLACK_TOKEN", " Did you mean CREDWATCH_SLACK__TOKEN?"),
        ("CREDWATCH_TIMEZON", " Did you mean CREDWATCH_TIMEZONE?"),
        ("CREDWATCH_CONFG", " Did you mean CREDWATCH_CONFIG?"),
        ("CREDWATCH_PROVIDER__A__ADDRESS", " Did you mean CREDWATCH_PROVIDERS__A__ADDRESS?"),
        ("CREDWATCH_PROVIDERS__A", " A setting of [providers] is written CREDWATCH_PROVIDERS__NAME__KEY."),
        ("CREDWATCH_DAEMON", " A setting of [daemon] is written CREDWATCH_DAEMON__KEY."),
        ("CREDWATCH_DAEMON__", " A setting of [daemon] is written CREDWATCH_DAEMON__KEY."),
        # Kubernetes sets these beside a Service that is named credwatch
        ("CREDWATCH_SERVICE_HOST", ""),
        ("CREDWATCH_SERVICE_PORT_HTTP", ""),
        ("CREDWATCH_PORT_8080_TCP_ADDR", ""),
    ],
)
def test_a_variable_that_is_no_setting_is_a_warning_and_no_error(variable: str, said: str) -> None:
    config = parse("", {variable: "1", "PATH": "/bin", "OTHER__DATA": "/x"}, NAME)

    assert config.warnings == (f"{variable} in the environment is no setting of credwatch and is not used.{said}",)


def test_rules_cannot_stand_in_the_environment() -> None:
    config = parse("", {"CREDWATCH_RULES__0__OWNER": "x"}, NAME)

    assert config.warnings == (
        "CREDWATCH_RULES__0__OWNER in the environment is not used: write [[rules]] in the file.",
    )


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("CREDWATCH_DAEMON__EVRY", "5m", "[daemon] evry is not known. Did you mean every?"),
        ("CREDWATCH_DAEMON__EVERY", "soon", "[daemon] every: a length is a whole number"),
        ("CREDWATCH_DAEMON__EVERY__X", "5m", "[daemon] every: a length is a whole number"),
        ("CREDWATCH_DEFAULTS__WARN", "30d", "[defaults] warn: a list of lengths"),
        ("CREDWATCH_TIMEZONE", "Madrid", "timezone: there is no time zone of this name"),
        ("CREDWATCH_PROVIDERS__A__ADDRESS", "x", "[providers.a] use is missing"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable: str, value: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse('[daemon]\nblind = "6h"', {variable: value}, NAME)

    assert str(raised.value).startswith(f"{variable} in the environment: {complaint}")


@pytest.mark.parametrize("variable", ["CREDWATCH_CONFIG", "CREDWATCH_BY"])
def test_a_variable_that_is_read_elsewhere_is_no_warning(variable: str) -> None:
    assert parse("", {variable: "ana"}, NAME).warnings == ()
