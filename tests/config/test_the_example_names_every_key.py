"""What may be configured stands in the example, as a line or as one in a comment, and each of these lines may be taken."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from credwatch.config.loading import parse
from credwatch.config.settings import Document
from credwatch.registry import Registry

TEXT = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")
_HEADER = re.compile(r"(?:# )?\[+(?P<name>[A-Za-z0-9_.-]+)\]+")
_KEY = re.compile(r"(?<![A-Za-z0-9_.-])(?P<key>[a-z_]+)\s*=(?!=)")
_OTHER = re.compile(r"# (?P<line>(?P<key>[a-z_-]+) = .+)")
EXCLUDES = {"basic": "header"}
"""A key to the one that it cannot stand beside."""


@dataclass
class Section:
    """A table of the example, commented out or not, with the lines before the next."""

    name: str
    start: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def sections() -> list[Section]:
    found = [Section("", 0, [])]
    for number, line in enumerate(TEXT.splitlines()):
        if header := _HEADER.match(line):
            found.append(Section(header["name"], number, []))
        found[-1].lines.append(line)
    return found


SECTIONS = sections()
OTHERS = [
    pytest.param(section, number, line["line"], id=f"{section.name}.{line['key']}:{section.start + number + 1}")
    for section in SECTIONS
    for number, written in enumerate(section.lines)
    if (line := _OTHER.fullmatch(written))
]


def shown(*texts: str) -> Counter[str]:
    return Counter(key["key"] for text in texts for key in _KEY.finditer(text))


def keys_of(*models: type[BaseModel]) -> Iterator[str]:
    """Every key of a table, and of each kind of table in it."""
    for model in models:
        yield from (field.alias or name for name, field in model.model_fields.items())
        inner = [found for field in model.model_fields.values() for found in models_in(field.annotation)]
        yield from keys_of(*dict.fromkeys(inner))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def of_plug_ins() -> Iterator[Any]:
    for name, plugin in Registry.load().plugins.items():
        tables = [part.text for part in SECTIONS if re.search(rf'^use\s*= "{name}"', part.text, re.MULTILINE)]
        issuers = [part.text for part in SECTIONS if part.name == f"issuers.{name}"]
        yield pytest.param(plugin.provider_settings, tables, id=f"providers-{name}")
        yield pytest.param(plugin.issuer_settings, issuers, id=f"issuers-{name}")


def of_ourselves() -> Iterator[Any]:
    for name, field in Document.model_fields.items():
        own = [part for part in SECTIONS if part.name.partition(".")[0] == name]
        below = [f"{part.name.partition('.')[2]} =" for part in own]  # [rotate.identities] is a key of [rotate]
        for model in models_in(field.annotation):
            yield pytest.param(model, [part.text for part in own] + below, id=name)


@pytest.mark.parametrize(("model", "texts"), [*of_ourselves(), *of_plug_ins()])
def test_every_key_of_a_table_stands_in_the_example(model: type[BaseModel], texts: list[str]) -> None:
    assert Counter(keys_of(model)) - shown(*texts) == Counter()


def test_every_table_that_holds_no_model_is_in_the_example() -> None:
    assert {name for name in Document.model_fields if not any(part.name.startswith(name) for part in SECTIONS)} == {
        "timezone"
    }
    assert "timezone" in tomllib.loads(TEXT)


@pytest.mark.parametrize(("section", "number", "line"), OTHERS)
def test_a_line_that_is_commented_out_may_be_taken(section: Section, number: int, line: str) -> None:
    key = line.partition(" ")[0]
    gone = re.compile(rf"(?:{key}|{EXCLUDES.get(key, key)})\s*=")
    lines = ["" if gone.match(written) else written for written in section.lines]
    lines[0] = lines[0].removeprefix("# ")
    lines[number] = line
    before, after = TEXT.splitlines()[: section.start], TEXT.splitlines()[section.start + len(lines) :]

    text = "\n".join([*before, *lines, *after]).replace("/etc/ssl/certs/ca-certificates.crt", __file__)
    config = parse(text, {}, "the example")

    assert Registry.load().check(config) == []
    assert config.warnings == ()


def test_there_are_lines_that_are_commented_out() -> None:
    assert len(OTHERS) > 15
