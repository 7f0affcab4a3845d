"""A URL is read once by us and once by urllib3, and both read the same from it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import Url, parse_url

from credwatch.contract import Reply
from credwatch.errors import TransportError
from credwatch.transport import Transport
from credwatch.transport.way import Bounds

HOST = "vendor.example"
SEGMENTS = st.sampled_from(["", ".", "..", "v1", "keys", "a.json", ".well-known", "~me", "a%2fb", "a%zz", "2010-04-01"])
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda parts: "".join(f"/{part}" for part in parts))
QUERIES = st.sampled_from(["", "?", "?limit=5", "?a=b&c=d", "?a=%20", "?a=b?c", "?a=/../b", "?=", "?x#y"])
PORTS = st.sampled_from(["", ":443", ":0443", ":8443", ":"])
URLS = st.builds(lambda port, path, query: f"https://{HOST}{port}{path}{query}", PORTS, PATHS, QUERIES)


class Kept(Transport):
    """Sends nothing, and keeps what it was to send to."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[Url] = []

    def exchange(self, method: str, url: Url, headers: Mapping[str, str], body: bytes, bounds: Bounds) -> Reply:  # noqa: ARG002  as `Transport`
        """As if it were sent."""
        self.urls.append(url)
        return Reply(200, {}, b"")


def sent_to(url: str) -> Url:
    """Where a request to this URL goes; every port is allowed."""
    kept = Kept()
    kept.to([HOST, f"{HOST}:443", f"{HOST}:8443"]).send("GET", url, headers={})
    return kept.urls[0]


@given(URLS)
def test_what_is_sent_is_what_the_parser_of_the_sender_reads(url: str) -> None:
    expected = parse_url(url)

    told = sent_to(url)

    assert (told.scheme, told.host, told.port, told.request_uri) == (
        expected.scheme,
        expected.host,
        expected.port,
        expected.request_uri,
    )


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}:99999/v1",
        f"https://somebody@{HOST}/v1",
        f"https://{HOST}@elsewhere.example/v1",
        f"https://{HOST}\\@elsewhere.example/v1",
        f"https://elsewhere.example/{HOST}",
        f"https://elsewhere.example#{HOST}/v1",
        f"https://{HOST}.elsewhere.example/v1",
        f"https://{HOST}/v1\n",
    ],
)
def test_a_url_that_leads_elsewhere_is_not_sent_however_it_is_written(url: str) -> None:
    with pytest.raises(TransportError):
        sent_to(url)
