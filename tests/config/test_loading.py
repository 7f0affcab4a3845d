from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from credwatch.config.addresses import Address
from credwatch.config.configuration import Config
from credwatch.config.loading import load, parse
from credwatch.errors import ConfigError
from credwatch.references import Reference

NAME = "credwatch.toml"
CANARY = "xoxb-canary-4711"


def read(text: str, **environ: str) -> Config:
    return parse(text, environ, NAME)


def complaints(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(text, environ, NAME)
    return str(raised.value).splitlines()


def test_nothing_at_all_is_a_configuration() -> None:
    config = read("")

    assert config.slack is None
    assert config.daemon.data == Path("/var/lib/credwatch")
    assert (config.daemon.every, config.daemon.blind) == (timedelta(minutes=15), timedelta(hours=6))
    assert (config.web.window, config.web.probes) == (Address("127.0.0.1", 8080), Address("0.0.0.0", 8081))
    assert config.timezone.key == "UTC"
    assert config.warnings == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[slack]\ntokn = "env:T"\nwarnings = "#c"', "line 2: [slack] tokn is not known. Did you mean token?"),
        ('timezon = "UTC"', "line 1: timezon is not known. Did you mean timezone?"),
        ("\n[slak]\nx = 1", "line 2: [slak] is not known. Did you mean [slack]?"),
        ('[[rule]]\nowner = "x"', "line 1: [[rule]] is not known. Did you mean [[rules]]?"),
        ("[owners.voice]\nchat = 1", "line 2: [owners.voice] chat is not known. Known here: channel, mention."),
        ('[[rules]]\nmatch = { plce = "**" }', "line 2: [[rules]] match.plce is not known. Did you mean place?"),
        ('[slack]\nwarnings = "#c"', 'line 1: [slack] token is missing. For example: token = "file:/run'),
        ("[[identify]]\n", 'line 1: [[identify]] is is missing. For example: is = "twilio-api-key"'),
        ('[providers.v]\naddress = "x"', 'line 1: [providers.v] use is missing. For example: use = "vault"'),
        ("slack = 3", "line 1: slack must be a table, in { }"),
        ("rules = 3", "line 1: rules must be a list, in [ ]"),
        ("[owners.v]\nchannel = 3", "line 2: [owners.v] channel must be text, in quotes"),
        ('[owners.v]\nchannel = ""', "line 2: [owners.v] channel must not be empty"),
        ("[daemon]\nephemeral = 3", "line 2: [daemon] ephemeral must be true or false"),
        ('[providers."a b"]\nuse = "x"', "line 1: [providers.a b] is not a name"),
        ('[providers.deadlines]\nuse = "x"', "line 1: [providers.deadlines]: "),
        ('[providers.v]\nuse = "x"\nread = [1]', "line 3: [providers.v] read: true, false, or a list of patterns"),
        ('[daemon]\nevery = "0s"', "line 2: [daemon] every: must be longer than nothing"),
        ('[daemon]\nevery = "5 m"', "line 2: [daemon] every: a length is a whole number"),
        ('[defaults]\npage = "soon"', 'or "never"'),
        ('[defaults]\nwarn = "30d"', "line 2: [defaults] warn: a list of lengths"),
        ('[defaults]\nenvironment = "prod"', 'line 2: [defaults] environment: write "production"'),
        ('timezone = "Europe/Madri"', "Did you mean Europe/Madrid?"),
        ('[network]\nca = "/nowhere/ca.pem"', "line 2: [network] ca: there is no such file"),
        ('[network]\nproxy = "egress:3128"', "line 2: [network] proxy: a proxy is written"),
        ('[web]\nwindow = "0.0.0.0:8080"', "line 2: [web] window: this version listens on loopback only"),
        ('[web]\nprobes = "8081"', "line 2: [web] probes: an address is a host and a port"),
        ('[web]\nprobes = "example.com:8081"', "line 2: [web] probes: the host is"),
        ('[web]\nprobes = "0.0.0.0:65536"', "line 2: [web] probes: an address"),
        ('[[rules]]\nmatch = {}\nowner = "x"', "line 2: [[rules]] match: name a place or a kind"),
        (
            '[[rules]]\nmatch = { place = "vault" }\nowner = "x"',
            "line 2: [[rules]] match.place: a place is provider:path",
        ),
        ('[[rules]]\nmatch = { place = "**" }', "line 1: [[rules]]: it sets nothing"),
        ('[[rules]]\nmatch = { place = "**" }\nignore = true', "line 3: [[rules]] ignore: say in words why"),
        ('[[rules]]\nmatch = { place = "**" }\nignore = " "', "line 3: [[rules]] ignore: say in words why"),
        (
            '[[deadlines]]\nname = "x"\ndate = "2027-01-31"',
            "line 3: [[deadlines]] date: a date is written without quotes",
        ),
        ('[[deadlines]]\nname = "x"\ndate = 2027-01-31T00:00:00', "line 3: [[deadlines]] date: a date is written"),
        ('[[identify]]\nplace = "a:b"\nis = "k"\nprobe = "http://x.example"', "line 4: [[identify]] probe: must begin"),
        ('[slack\ntoken = "x"', "line 1: this is not TOML at column 7: Expected ']'"),
        ('[slack]\ntoken = "x', "line 2: this is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_key_and_the_fix(text: str, complaint: str) -> None:
    assert [line for line in complaints(text) if line.startswith(f"{NAME}, line ") and complaint in line]


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    text = '[slack]\ntokn = "env:T"\n\n[daemon]\nevery = 5\nblnd = "6h"\n[defaults]\nwarn = ["1y"]\n'

    told = [line.split(":")[0].rpartition(" ")[2] for line in complaints(text)]

    assert told == ["1", "2", "5", "6", "8"]


def test_a_misspelt_key_is_not_told_twice_as_a_missing_one() -> None:
    assert len(complaints('[slack]\ntokn = "env:T"\nwarnings = "#c"')) == 1


@pytest.mark.parametrize(
    "text",
    [
        f'[slack]\ntoken = "{CANARY}"\nwarnings = "#c"',
        f'[slack]\ntoken = ["{CANARY}"]\nwarnings = "#c"',
        f'[slack]\ntoken = {{ x = "{CANARY}" }}\nwarnings = "#c"',
        f'[daemon]\nfingerprint_key = "{CANARY}"\nevery = "{CANARY}"\nephemeral = "{CANARY}"',
        f'[network]\nproxy = "http://user:{CANARY}@egress:3128"',
        f'[web]\nwindow = "{CANARY}"\n[defaults]\npage = "{CANARY}"\nwarn = ["{CANARY}"]',
        f'[[rules]]\nmatch = {{ place = "{CANARY}" }}\nuntil = "{CANARY}"',
        f'timezone = "{CANARY}"',
        f"[slack]\ntoken = {CANARY}",
        f'[providers.x]\nread = "{CANARY}"\nevery = "{CANARY}"',
        f'providers = "{CANARY}"\nslack = "{CANARY}"',
    ],
)
def test_no_complaint_repeats_a_value(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text, {}, NAME)

    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_literal_in_the_environment_is_refused_and_not_repeated() -> None:
    told = complaints("", CREDWATCH_SLACK__TOKEN=CANARY, CREDWATCH_SLACK__WARNINGS="#c")

    assert told == [
        (
            "CREDWATCH_SLACK__TOKEN in the environment: [slack] token: a secret is a reference, "
            '"env:NAME" or "file:/absolute/path"; a literal value is refused'
        )
    ]


def test_a_configuration_shows_no_provider_table_because_a_literal_may_stand_there_still() -> None:
    config = read(f'[providers.x]\nuse = "x"\nadmin = "{CANARY}"\n[issuers.x]\nkey = "{CANARY}"')

    assert CANARY not in repr(config)


def test_slack_pages_go_where_warnings_go_unless_said_otherwise() -> None:
    slack = read('[slack]\ntoken = "env:T"\nwarnings = "#c"\ndigest = "08:30"').slack

    assert slack is not None
    assert (slack.token, slack.warnings, slack.pages, slack.digest) == (Reference("env:T"), "#c", "#c", time(8, 30))


def test_two_deadlines_of_one_name_are_refused() -> None:
    twice = '[[deadlines]]\nname = "x"\ndate = 2027-01-31\n' * 2

    assert complaints(twice) == [
        f"{NAME}, line 5: [[deadlines]] name: another [[deadlines]] has this name. Give each its own."
    ]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            '[owners.voice]\n[[rules]]\nmatch = { kind = "x" }\nowner = "voise"',
            "line 4: [[rules]] owner: there is no [owners.voise]; it is told in [slack] warnings. Did you mean voice?",
        ),
        (
            '[owners.voice]\n[defaults]\nowner = "platform"',
            "line 3: [defaults] owner: there is no [owners.platform]; it is told in [slack] warnings.",
        ),
        (
            '[providers.vault-prod]\nuse = "vault"\n[[rules]]\nmatch = { place = "vault-prd:kv/**" }\nowner = "x"',
            (
                "line 4: [[rules]] match.place: there is no [providers.vault-prd], so this matches nothing. "
                "Did you mean vault-prod?"
            ),
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(text: str, warning: str) -> None:
    assert read(text).warnings == (f"{NAME}, {warning}",)


def test_owners_need_no_tables_and_deadlines_are_no_provider() -> None:
    assert read('[[rules]]\nmatch = { place = ["deadlines:**", "*:x"] }\nowner = "voice"').warnings == ()


@pytest.fixture
def places(tmp_path: Path) -> Mapping[str, Path]:
    found = {name: tmp_path / f"{name}.toml" for name in ("given", "named", "here", "etc")}
    for name, path in found.items():
        path.write_text(f'[defaults]\nowner = "{name}"\n')
    return found


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"given", "named", "here", "etc"}, "given"),
        ({"named", "here", "etc"}, "named"),
        ({"here", "etc"}, "here"),
        ({"etc"}, "etc"),
        (set[str](), "nobody"),
    ],
)
def test_a_configuration_is_found_where_it_was_named_first(
    places: Mapping[str, Path], there: set[str], expected: str
) -> None:
    for name in places.keys() - there:
        places[name].unlink()
    environ = {"CREDWATCH_CONFIG": str(places["named"]) if "named" in there else ""}

    config = load(places["given"] if "given" in there else None, environ, places=(places["here"], places["etc"]))

    assert config.defaults.owner == expected


def test_a_file_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone.toml"

    for path, environ in ((gone, {}), (None, {"CREDWATCH_CONFIG": str(gone)})):
        with pytest.raises(ConfigError, match=r"gone\.toml.*: there is no such file"):
            load(path, environ, places=())


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[defaults]\nowner = "Espa\xf1a"\n')

    with pytest.raises(ConfigError, match=r"latin\.toml: this is not UTF-8"):
        load(latin, {})
    with pytest.raises(ConfigError, match=r"cannot be read, Is a directory"):
        load(None, {}, places=(tmp_path,))


def test_the_mark_of_a_byte_order_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b'\xef\xbb\xbf[defaults]\r\nowner = "voice"\r\n')

    assert load(path, {}).defaults.owner == "voice"


def test_a_file_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(ConfigError, match=r"/dev/zero: this is larger than a configuration can be"):
        load(Path("/dev/zero"), {})


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "watch.toml"
    path.write_text("x = 1\n")

    with pytest.raises(ConfigError) as raised:
        load(path, {})

    assert str(raised.value).startswith(f"{path}, line 1: x is not known.")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (
            '[providers.a]\nuse = "x"\n[providers.b]\nuse = "y"',
            '[providers.b]\nuse="y" # y\n[providers.a]\nuse="x"',
            True,
        ),
        ('[providers.a]\nuse = "x"', '[providers.a]\nuse = "x"\npaths = ["b"]', False),
        ('[providers.a]\nuse = "x"', '[providers.a]\nuse = "x"\nread = false', False),
        ("", '[issuers.a]\nbase_url = "x"', False),
        ("", '[[rules]]\nmatch = { kind = "a" }\npage = "never"', False),
        ("", '[[identify]]\nplace = "a:b"\nis = "c"', False),
        ("", '[defaults]\nmax_age = "90d"', False),
        ("", '[slack]\ntoken = "env:T"\nwarnings = "#c"\n[daemon]\nkeep = "1d"\n[owners.a]', True),
    ],
)
def test_the_digest_follows_what_is_watched_and_nothing_else(before: str, after: str, same: bool) -> None:  # noqa: FBT001  a table
    assert (read(before).digest == read(after).digest) is same


def test_a_provider_has_its_own_pace_or_the_daemons() -> None:
    config = read('[providers.a]\nuse = "x"\nevery = "1h"\n[providers.b]\nuse = "x"\n[daemon]\nevery = "5m"')

    assert (config.every("a"), config.every("b")) == (timedelta(hours=1), timedelta(minutes=5))
