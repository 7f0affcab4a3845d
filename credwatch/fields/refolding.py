"""Values -> back into the stored text they came from. All else of it stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from credwatch.errors import ProviderError
from credwatch.fields import dotenv, json_text
from credwatch.fields.json_text import Container, String
from credwatch.fields.layers import Edit, Layer
from credwatch.fields.text import bare, called, encoded, paths, stored
from credwatch.fields.unfolding import DEEPEST, unfold
from credwatch.model import Payload, Reason
from credwatch.secrets import Secret

_NO_ROOM = "the new value cannot stand there as the store's text is written"


@dataclass(frozen=True)
class _Spot:
    """Where one leaf stands: within the last of these layers, or bare."""

    name: str
    length: int
    layers: tuple[Layer, ...]

    def edit(self, text: str) -> Edit:
        """How the stored text becomes one with this in the leaf's place."""
        edit = Edit(0, self.length, text)
        for layer in reversed(self.layers):
            edit = layer.outwards(edit)
        return edit


def refold(payload: Payload, leaves: Mapping[str, Secret]) -> Payload:
    """The payload with these leaves, by the names that `unfold` gives them; nothing else of the stored text changes.

    White space, order, quotes, comments, escapes elsewhere, a byte order's mark and the newlines at the end stay; those
    of a new value are not taken. JSON within a string is written anew only where the leaf stands. In dotenv a value is
    quoted as its line is; without quotes it may hold no sign that means more than itself to a reader of such files,
    unless the former value held one. MALFORMED, permanent, when a leaf is not there, or a value cannot stand there.
    """
    wanted = {name: bare(secret.reveal()) for name, secret in leaves.items()}
    parts: dict[str, Secret] = {}
    found: set[str] = set()
    for path, (part, secret) in zip(paths(list(payload.parts)), payload.parts.items(), strict=True):
        parts[part] = _replaced(secret, path, wanted, found)
    if missing := wanted.keys() - found:
        raise _malformed(missing, "not there any more, or nested too deep to be written")
    folded = Payload(parts)
    if _shown(folded) != [(name, wanted.get(name, value)) for name, value in _shown(payload)]:
        raise _malformed(wanted, _NO_ROOM)
    return folded


def _replaced(secret: Secret, path: tuple[str, ...], wanted: Mapping[str, str], found: set[str]) -> Secret:
    """One part with those of the leaves that stand in it."""
    whole = stored(secret)
    try:
        spots = [spot for spot in _spots(whole.text, path, ()) if spot.name in wanted]
    except RecursionError:
        return secret
    found.update(spot.name for spot in spots)
    text = whole.text
    try:
        for edit in sorted((spot.edit(wanted[spot.name]) for spot in spots), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        new = whole.again(text)
        room = all(_is_stable(wanted[spot.name]) for spot in spots)
    except ValueError:
        room = False
    if not room:
        raise _malformed({spot.name for spot in spots}, _NO_ROOM)
    return new if spots else secret


def _spots(text: str, path: tuple[str, ...], layers: tuple[Layer, ...]) -> Iterator[_Spot]:
    """Where the leaves of one string stand."""
    if len(path) < DEEPEST and json_text.read(text) is not None:
        yield from _within(json_text.located(text), text, path, layers)
    elif not path and (assigned := dotenv.assignments(text)):
        for name, layer in assigned.items():
            yield from _spots(layer.text, (encoded(name),), (*layers, layer))
    else:
        yield _Spot(called(path), len(bare(text)), layers)


def _within(node: Container, text: str, path: tuple[str, ...], layers: tuple[Layer, ...]) -> Iterator[_Spot]:
    """Where the leaves of a JSON object or array stand; what is nested too deep for names has no spot."""
    if len(path) >= DEEPEST:
        return
    for name, child in node.children.items():
        below = (*path, encoded(name))
        if isinstance(child, String):
            layer = json_text.string(text, child)
            yield from _spots(layer.text, below, (*layers, layer))
        else:
            yield from _within(child, text, below, layers)


def _shown(payload: Payload) -> list[tuple[str, str]]:
    return [(leaf.name, leaf.value.reveal()) for leaf in unfold(payload)]


def _is_stable(text: str) -> bool:
    """Whether it is the same text after it was bytes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == text


def _malformed(names: Iterable[str], words: str) -> ProviderError:
    named = ", ".join(sorted(name or "the whole value" for name in names))
    return ProviderError(Reason.MALFORMED, f"{named}: {words}", permanent=True)
