"""The plug-ins that are installed, and those that the source tree holds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from credwatch.contract import Kind
from credwatch.registry import GROUP, Registry

ROOT = Path(__file__).parents[2]
PLUGINS = Registry.load().plugins
KINDS: dict[str, tuple[str, Kind]] = {kind.name: (name, kind) for name, made in PLUGINS.items() for kind in made.kinds}
"""Name to its plug-in and itself."""
SDKS = frozenset(
    {
        "azure",
        "boto3",
        "botocore",
        "cryptography",
        "google",
        "grpc",
        "hvac",
        "kubernetes",
        "openai",
        "requests",
        "s3transfer",
        "slack_sdk",
        "stripe",
        "twilio",
    }
)


def sources(root: Path) -> dict[str, Path]:
    """Name to file or folder of every provider that lies in the source tree."""
    found = sorted((root / "providers" / "credwatch_providers").iterdir())
    return {
        path.stem: path
        for path in found
        if not path.name.startswith(("_", ".")) and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }


def unfinished(root: Path) -> Iterator[str]:
    """What a provider of the source tree lacks to be one, each in a sentence that says how to mend it."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    lines = project["project"]["entry-points"][GROUP]
    contracts = project["tool"]["importlinter"]["contracts"]
    apart = {module for each in contracts if each["type"] == "independence" for module in each["modules"]}
    for name, path in sources(root).items():
        module = f"credwatch_providers.{name}"
        here = path.relative_to(root)
        if lines.get(name) != f"{module}:plugin":
            table = f'[project.entry-points."{GROUP}"]'
            yield f'{here} is loaded by nobody. Add to pyproject.toml, in {table}:  {name} = "{module}:plugin"'
        if module not in apart:
            yield f'{here} may import other providers. Add "{module}" to the independence contract in pyproject.toml'
        tests = root / "tests" / "providers"
        if not [*tests.glob(f"test_{name}.py"), *tests.glob(f"test_{name}_*.py"), *(tests / name).glob("test_*.py")]:
            yield f"{here} has no test. Write tests/providers/test_{name}.py, or a folder of that name"
    for name in lines.keys() - sources(root).keys():
        yield f"pyproject.toml names the provider {name}, and there is no providers/credwatch_providers/{name}.py"
