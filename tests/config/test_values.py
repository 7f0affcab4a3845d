from datetime import timedelta

import pytest

from credwatch.config.addresses import Address, host_of, is_loopback
from credwatch.config.values import duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        ("0d", timedelta(0)),
    ],
)
def test_a_length_is_a_number_and_a_letter(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "15", "m", "1.5h", "-1d", "15 m", "15min", "1h30m", "٣d", "15M", 15, None, True])
def test_anything_else_is_no_length_and_is_not_repeated(text: object) -> None:
    with pytest.raises(
        ValueError, match=r'^a length is a whole number and s, m, h, d or w, in quotes: "15m", "6h", "30d"$'
    ):
        duration(text)


def test_a_length_beyond_a_century_is_refused() -> None:
    with pytest.raises(ValueError, match="hundred years"):
        duration("999999w")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.com", "api.example.com"),
        ("https://API.example.com:8443/v1", "api.example.com:8443"),
        ("http://127.0.0.1:9001", "127.0.0.1:9001"),
        ("http://localhost:9001/x", "localhost:9001"),
        ("http://[::1]:9001", "[::1]:9001"),
    ],
)
def test_an_address_gives_the_host_that_keys_may_go_to(url: str, expected: str) -> None:
    assert host_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@evil.example.com",
        "https://user:canary@api.example.com",
        "ftp://api.example.com",
        "api.example.com",
        "https://",
        "https://[::1",
        "https://x:99999",
    ],
)
def test_an_address_that_keys_may_not_go_to_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|https") as raised:
        host_of(url)

    assert "canary" not in str(raised.value)
    assert "evil" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_known_by_its_number(host: str, expected: bool) -> None:  # noqa: FBT001  a table
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("address", "shown"), [(Address("127.0.0.1", 80), "127.0.0.1:80"), (Address("::1", 80), "[::1]:80")]
)
def test_a_listener_is_shown_as_it_is_written(address: Address, shown: str) -> None:
    assert str(address) == shown
