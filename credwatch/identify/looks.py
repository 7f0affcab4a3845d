"""Whether a leaf that nobody recognises looks like a credential: decides what is listed, never what is sent."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from urllib.parse import unquote

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SPEAKS = re.compile(
    r"token|secret|passw(?:or)?d|passphrase|credential|private|(?:api|access|auth|client)key", re.IGNORECASE
)
_SPEAKING = frozenset({"auth", "creds", "key", "keys", "pass", "passcode", "pat", "pwd"})
_ALWAYS = frozenset({"passphrase", "passwd", "password", "pwd", "secret", "token"})
"""A name that ends with one of these may well hold a mere number."""
_SETTINGS = frozenset(
    [
        "age",
        "alg",
        "algorithm",
        "audience",
        "bits",
        "class",
        "count",
        "days",
        "dir",
        "directory",
        "domain",
        "duration",
        "email",
        "enabled",
        "endpoint",
        "expires",
        "expiry",
        "file",
        "format",
        "header",
        "host",
        "hours",
        "id",
        "ids",
        "interval",
        "issuer",
        "kind",
        "length",
        "level",
        "limit",
        "limits",
        "max",
        "method",
        "min",
        "minutes",
        "mode",
        "name",
        "names",
        "path",
        "paths",
        "policy",
        "port",
        "prefix",
        "provider",
        "public",
        "region",
        "required",
        "retries",
        "rotation",
        "scope",
        "scopes",
        "seconds",
        "size",
        "suffix",
        "timeout",
        "tokens",
        "ttl",
        "type",
        "uri",
        "url",
        "urls",
        "user",
        "username",
        "version",
    ],
)
"""A name that ends with one of these speaks of a setting: TOKEN_TTL, AUTH_URL, KEY_ID."""

_SWITCH = re.compile(
    r"true|false|yes|no|on|off|none|null|nil|undefined|\$\{?\w+\}?|(?:env|file):\S+|(?:~|\.{0,2})(?:/[\w.@-]+){2,}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?[0-9][0-9_.,:]*\s*(?:ns|us|ms|[smhdwy]|[kmgt]?i?b?|%)?", re.IGNORECASE)
_KNOWN_FORM = re.compile(
    r"[^@\s:/]+@[\w.-]+\.[a-z]{2,}"  # an e-mail address
    r"|(?:[a-z0-9_-]+\.)+[a-z]{2,}(?::[0-9]+)?"  # a host
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",  # a UUID is a name, unless something says otherwise
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:(?P<user>[^/@\s]*)@)?[^\s/?#@]*(?P<rest>\S*)")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")

NAMES = 4096
"""So many names are remembered with what they say: the same ones stand in most items, and strange ones are seen once."""

_SPACE = re.compile(r"\s")

_LONG = 20
_BITS = 3.0
"""Per character: random hexadecimal has 3.4 and more from 20 characters on, repeated and counted-up text less."""


def looks_like_credential(name: str, value: str) -> bool:
    """Its name speaks of one, or it is long and random, or it is all that its item holds.

    A switch, a number, a path, and a URL without credentials are configuration, whatever they are called.
    """
    if not value.strip():
        return False
    if name == "" or _PRIVATE_KEY.search(value):
        return True
    if _SWITCH.fullmatch(value):
        return False
    url = _URL.fullmatch(value)
    if url is not None:
        return ":" in (url["user"] or "") or any(_random(unquote(part)) for part in re.split(r"[/?&=#]", url["rest"]))
    spoken = _spoken(name)
    if _NUMBER.fullmatch(value):
        return spoken == "always"
    return bool(spoken) or _random(value)


@lru_cache(maxsize=NAMES)
def words(name: str) -> tuple[str, ...]:
    """A name in words, lower case: `TWILIO_API_KEY`, `twilio.apiKey` and `twilio-api-key` are the same three."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=NAMES)
def _spoken(name: str) -> str:
    """What a name says of its value: "always" a credential, "often" one, or "" nothing."""
    said = words(name)
    if not said or said[-1] in _SETTINGS or "public" in said:
        return ""
    if said[-1] in _ALWAYS:
        return "always"
    return "often" if _SPEAKING.intersection(said) or _SPEAKS.search(name) else ""


def _random(value: str) -> bool:
    if len(value) < _LONG or _SPACE.search(value) or _KNOWN_FORM.fullmatch(value):
        return False
    parts = re.split(r"[^A-Za-z0-9]+", value)
    if all(part.isalpha() or part.isdigit() or len(part) < 5 for part in parts):
        return False
    head = value[:256]
    bits = -sum(times / len(head) * math.log2(times / len(head)) for times in Counter(head).values())
    return bits >= _BITS
