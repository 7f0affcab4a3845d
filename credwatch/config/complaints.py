"""What pydantic found wrong, in sentences for the person who wrote it. No sentence repeats a value."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from credwatch.config.lines import KeyPath
from credwatch.config.near import nearest
from credwatch.config.source import Source, shown

_WORDS = {
    "string_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "list_type": "must be a list, in [ ]",
    "tuple_type": "must be a list, in [ ]",
    "set_type": "must be a list, in [ ]",
    "frozen_set_type": "must be a list, in [ ]",
    "dict_type": "must be a table, in { }",
    "mapping_type": "must be a table, in { }",
    "model_type": "must be a table, in { }",
    "model_attributes_type": "must be a table, in { }",
    "path_type": "must be a path, in quotes",
    "path_not_file": "names no file; there is no such file",
}


@dataclass(frozen=True)
class Checked:
    """What was checked: the model, the tables as they were written, and the path at which they stand."""

    model: type[BaseModel]
    given: Any
    at: KeyPath = ()
    also: tuple[str, ...] = ()
    """Further keys that may stand beside those of the model."""


def complaints(source: Source, error: ValidationError, checked: Checked) -> list[str]:
    """Every mistake, one line each, in the order of the file; a missing key last, at the line of its table."""
    model, given, at = checked.model, checked.given, checked.at
    meant: set[KeyPath] = set()
    lines: dict[str, tuple[int, bool]] = {}
    details = error.errors(include_url=False, include_input=False)
    for detail in sorted(details, key=lambda detail: detail["type"] != "extra_forbidden"):
        missing = detail["type"] == "missing"
        local = _written(detail["loc"], given, missing=missing)
        path = (*at, *local)
        known = _known(model, detail["loc"][:-1])
        if detail["type"] == "extra_forbidden":
            known |= set(checked.also) if len(local) == 1 else set()
            near = nearest(str(path[-1]), known)
            meant |= {(*path[:-1], near)} if near else set()
            said = _unknown(source, path, known, near, _at(given, local))
        elif missing and path in meant:
            continue
        else:
            said = source.complaint(path, _said(detail, _example(model, detail["loc"])))
        lines.setdefault(said, (source.line(path) or 0, missing))
    return sorted(lines, key=lines.__getitem__)


def _unknown(source: Source, path: KeyPath, known: set[str], near: str | None, value: Any) -> str:
    table = isinstance(value, Mapping) and len(path) == 1
    many = isinstance(value, list) and len(path) == 1 and all(isinstance(entry, Mapping) for entry in value)
    form = "[[{}]]" if many and value else "[{}]" if table else "{}"
    name = form.format(path[-1]) if len(path) == 1 else shown(path)
    if near:
        fix = f" Did you mean {form.format(near)}?"
    elif known:
        fix = f" Known here: {', '.join(sorted(known))}."
    else:
        fix = " Nothing may stand here."
    return f"{source.where(path)}: {name} is not known.{fix}"


def _said(detail: Any, example: str) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "missing" if example:
            said = f" is missing. For example: {key} = {example}"
        case "missing":
            said = " is missing; it must be given"
        case "value_error" | "assertion_error":
            said = f": {context['error']}"
        case "literal_error" | "enum":
            said = f" must be one of {context['expected']}"
        case "union_tag_invalid":
            said = f" must be one of {context['expected_tags']}"
        case "string_pattern_mismatch" if key == "[key]":
            said = " is not a name: letters, digits, - _ . and a letter or digit first"
        case "string_pattern_mismatch":
            said = f" must match {context['pattern']}"
        case _:
            words = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0])
            said = f" {words}" if words else f": {detail['msg']}"
    return said


def _written(loc: Sequence[str | int], given: Any, *, missing: bool) -> KeyPath:
    """The parts of a location that stand in the text; pydantic adds the names of its own types."""
    path: list[str | int] = []
    for number, part in enumerate(loc):
        inside = (isinstance(given, Mapping) and part in given) or (
            isinstance(given, list | tuple) and isinstance(part, int) and part < len(given)
        )
        if inside:
            given = given[part]
            path.append(part)
        elif missing and number == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _at(given: Any, path: KeyPath) -> Any:
    for part in path:
        given = given[part]
    return given


def _models(annotation: Any) -> Iterable[Any]:
    """The types that a value of this annotation may have, optional and alternative ones opened."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return [found for argument in get_args(annotation) for found in _models(argument)]
    if hasattr(annotation, "__metadata__"):
        return _models(annotation.__origin__)
    return [annotation]


def _below(annotation: Any, part: str | int) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if part == annotation.__name__:
            return [annotation]
        fields = annotation.model_fields.items()
        return [found for name, field in fields if part in {name, field.alias} for found in _models(field.annotation)]
    arguments = get_args(annotation)
    return list(_models(arguments[-1 if len(arguments) != 2 or arguments[1] is not ... else 0])) if arguments else []


def _reached(model: type[BaseModel], loc: Sequence[str | int]) -> list[type[BaseModel]]:
    here: list[Any] = [model]
    for part in loc:
        here = [found for annotation in here for found in _below(annotation, part)]
    return [found for found in here if isinstance(found, type) and issubclass(found, BaseModel)]


def _known(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    return {field.alias or name for found in _reached(model, loc) for name, field in found.model_fields.items()}


def _example(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    for found in _reached(model, loc[:-1]):
        for name, field in found.model_fields.items():
            if loc[-1] in {name, field.alias} and field.examples:
                return str(field.examples[0])
    return ""
