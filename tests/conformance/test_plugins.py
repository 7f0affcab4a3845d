"""What every plug-in keeps by itself: it is complete, it loads without its SDK, its tables are strict."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from credwatch.config.loading import parse
from credwatch.contract import ConfigError, Plugin, Settings
from credwatch.registry import GROUP, Registry
from tests.conformance.installed import PLUGINS, ROOT, SDKS, sources, unfinished

LOADED = """
import importlib, json, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""
PYPROJECT = """
[project.entry-points."credwatch.providers"]
acme = "credwatch_providers.acme:plugin"
{line}
[[tool.importlinter.contracts]]
type = "independence"
modules = ["credwatch_providers.acme", {module}]
"""


def loaded_by(module: str) -> set[str]:
    """The top-level names that a fresh interpreter has imported for it."""
    done = subprocess.run([sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", sources(ROOT))
def test_importing_a_plug_in_imports_no_sdk(name: str) -> None:
    assert loaded_by(f"credwatch_providers.{name}") & SDKS == set()


def test_an_sdk_that_is_imported_is_seen() -> None:
    assert loaded_by("requests") & SDKS == {"requests"}


def test_every_provider_of_the_source_tree_is_loaded_kept_apart_and_tested() -> None:
    assert list(unfinished(ROOT)) == []


def test_what_is_installed_is_what_pyproject_names() -> None:
    """After a new line there: pip install --no-deps -e ."""
    installed = {entry.name: entry.value for entry in metadata.entry_points(group=GROUP)}

    assert installed == {name: f"credwatch_providers.{name}:plugin" for name in sources(ROOT)}


@pytest.mark.parametrize(
    ("line", "module", "test", "said"),
    [
        ('extra = "credwatch_providers.extra:plugin"', '"credwatch_providers.extra"', "test_extra.py", []),
        ('extra = "credwatch_providers.extra:plugin"', '"credwatch_providers.extra"', "test_extra_account.py", []),
        ('extra = "credwatch_providers.extra:plugin"', '"credwatch_providers.extra"', "extra/test_any.py", []),
        ("", '"credwatch_providers.extra"', "test_extra.py", ['extra = "credwatch_providers.extra:plugin"']),
        ('extra = "elsewhere:plugin"', '"credwatch_providers.extra"', "test_extra.py", ["is loaded by nobody"]),
        ('extra = "credwatch_providers.extra:plugin"', "", "test_extra.py", ["the independence contract"]),
        (
            'extra = "credwatch_providers.extra:plugin"',
            '"credwatch_providers.extra"',
            "test_extravagant.py",
            ["extra.py has no test"],
        ),
        (
            'extra = "credwatch_providers.extra:plugin"\ngone = "credwatch_providers.gone:plugin"',
            '"credwatch_providers.extra"',
            "test_extra.py",
            ["there is no providers/credwatch_providers/gone.py"],
        ),
    ],
)
def test_what_a_new_provider_lacks_is_said(tmp_path: Path, line: str, module: str, test: str, said: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(line=line, module=module))
    files = ("providers/credwatch_providers/acme/__init__.py", "providers/credwatch_providers/extra.py")
    for file in (*files, "providers/credwatch_providers/_shared.py", "tests/providers/test_acme.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "tests/providers" / test).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "tests/providers" / test).touch()

    found = list(unfinished(tmp_path))

    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def offers(plugin: Plugin) -> list[bool]:
    return [bool(plugin.kinds), plugin.provider is not None, plugin.own is not None]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plug_in_offers_something(name: str) -> None:
    assert any(offers(PLUGINS[name]))


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plug_in_needs_no_configuration_to_try_its_keys(name: str) -> None:
    """So a key in a store is tried though nothing of its vendor is configured."""
    plugin = PLUGINS[name]
    made = plugin.issuer(plugin.issuer_settings()) if plugin.issuer else None

    assert (made is not None) == any(kind.probed for kind in plugin.kinds)


@pytest.mark.parametrize("model", ["issuer_settings", "provider_settings"])
@pytest.mark.parametrize("name", PLUGINS)
def test_a_table_is_frozen_strict_and_repeats_no_input(name: str, model: str) -> None:
    table: type[Settings] = getattr(PLUGINS[name], model)
    kept = {key: table.model_config.get(key) for key in ("frozen", "extra", "hide_input_in_errors")}

    assert issubclass(table, Settings)
    assert kept == {"frozen": True, "extra": "forbid", "hide_input_in_errors": True}


@pytest.mark.parametrize("name", PLUGINS)
def test_a_key_that_no_table_knows_is_refused_and_its_value_not_repeated(name: str) -> None:
    plugin = PLUGINS[name]
    table = "providers.ours" if plugin.provider or plugin.own else f"issuers.{name}"
    use = f'use = "{name}"\n' if table.startswith("providers") else ""
    config = parse(f'[{table}]\n{use}no_such_key = "canary-4711"\n', {}, "credwatch.toml")

    problems = "\n".join(Registry(PLUGINS).check(config))

    assert "no_such_key" in problems
    assert "canary" not in problems


def test_all_plug_ins_together_clash_nowhere() -> None:
    config = parse("", {}, "credwatch.toml")
    registry = Registry(PLUGINS)

    assert registry.check(config) == []
    try:
        registry.issuers(config)
    except ConfigError as error:
        pytest.fail(str(error))
