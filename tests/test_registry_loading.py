from importlib.metadata import EntryPoint

import pytest

from credwatch.errors import ConfigError
from credwatch.registry import GROUP, Registry


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            entry("gone", "no_such_module_here:plugin"),
            'plug-in "gone" (no_such_module_here:plugin) cannot be loaded, Mod',
        ),
        (entry("odd", "json:loads"), 'plug-in "odd" (json:loads) is no plug-in but a function.'),
        (entry("less", "json:nothing"), 'plug-in "less" (json:nothing) cannot be loaded, AttributeError'),
    ],
)
def test_a_broken_plug_in_is_named(broken: EntryPoint, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Registry.load([broken])

    assert str(raised.value).startswith(said)
    assert str(raised.value).endswith("Mend it, upgrade it or uninstall it.")


def test_two_plug_ins_of_one_name_are_refused_and_one_that_is_found_twice_is_one() -> None:
    with pytest.raises(ConfigError, match='another one is named "a" too'):
        Registry.load([entry("a", "no_such_module_here:x"), entry("a", "no_such_module_here:y")])
    with pytest.raises(ConfigError) as raised:
        Registry.load([entry("a", "json:loads"), entry("a", "json:loads")])

    assert "another one" not in str(raised.value)
