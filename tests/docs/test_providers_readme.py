"""What providers/README.md shows is run: the whole diff of a new provider works as it stands there."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.fields import unfold
from credwatch.identify import Identifier
from credwatch.model import Item, Payload
from credwatch.registry import Registry
from credwatch.secrets import Secret

PAGE = Path(__file__).parents[2] / "providers" / "README.md"
PROVIDER, LINE, TEST = (block for _, block in re.findall(r"```(python|toml)\n(.*?)```", PAGE.read_text(), re.DOTALL))
VALUE = f"SG.{'a' * 22}.{'b' * 43}"


@pytest.fixture
def registry() -> Iterator[Registry]:
    """The plug-ins of the page: its file as a module, found by its line."""
    name, value = re.findall(r'^(\w+) = "(.+)"$', LINE, re.MULTILINE)[0]
    module = types.ModuleType(value.partition(":")[0])
    sys.modules[module.__name__] = module
    exec(PROVIDER, vars(module))  # noqa: S102  that is what the page is for
    yield Registry.load([EntryPoint(name, value, "credwatch.providers")])
    del sys.modules[module.__name__]


def test_the_page_s_provider_is_found_and_recognises_its_key(registry: Registry) -> None:
    identifier = Identifier(registry.kinds(parse("", {}, "test")))
    leaves = unfold(Payload({"": Secret(f"MAIL_KEY={VALUE}\n")}))

    found = identifier.identify(Item("files", "/app/.env"), leaves)

    assert [(one.match.kind.name, one.place) for one in found] == [("sendgrid-api-key", "files:/app/.env#MAIL_KEY")]


@pytest.mark.usefixtures("registry")
def test_the_page_s_test_passes(tmp_path: Path) -> None:
    (tmp_path / "test_sendgrid.py").write_text(TEST)

    assert (
        pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path), str(tmp_path)]) == 0
    )
