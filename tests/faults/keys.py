"""A key of every kind that is tried, as the registry names the kinds, and the configuration that leads all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from credwatch.config.configuration import Config
from credwatch.config.loading import parse
from credwatch.contract import Item, Payload, Secret
from credwatch.fields import unfold
from credwatch.identify import Identifier, Said
from credwatch.probing import Try
from credwatch.registry import Registry
from tests.conformance.grounds.ground import table
from tests.conformance.installed import KINDS, PLUGINS
from tests.conformance.samples import OWN, Lab, Sample

PROBED = (*(name for name, (_, kind) in KINDS.items() if kind.probed), OWN)
ISSUERS = tuple(name for name, plugin in PLUGINS.items() if plugin.issuer)
REGISTRY = Registry(PLUGINS)
_VALID, _INVALID = {"status": 200, "body": '"me"'}, {"status": 401, "body": "no such key"}
_IDENTIFY = f'[[identify]]\nplace = "**#CRM_KEY"\nis = "{OWN}"\n'


@contextmanager
def keys(lab: Lab) -> Iterator[Mapping[str, Sample]]:
    """Kind to its key; within the block every vendor of the lab takes all of them."""
    with ExitStack() as ready:
        yield {kind: ready.enter_context(lab.sample(kind)) for kind in PROBED}


def led(address: Callable[[str], str]) -> str:
    """TOML that leads every issuer to the address of its name; its own kind of key too."""
    answers = {"valid": [_VALID], "invalid": [_INVALID], "header": "X-Api-Key: {secret}"}
    own = table(f"providers.{OWN}", use="http", request=f"GET {address(OWN)}/v2/me", **answers)
    return "".join([own, *(table(f"issuers.{name}", base_url=address(name)) for name in ISSUERS), _IDENTIFY])


def tries(samples: Mapping[str, Sample], config: Config) -> list[Try]:
    """All of these keys, recognised as this configuration has it, and ready to be tried."""
    said = [Said(line.place, line.kind, line.fields, line.probe) for line in config.identify]
    identifier = Identifier(REGISTRY.kinds(config), said)
    found = []
    for kind, sample in samples.items():
        payload = Payload({name: Secret(value) for name, value in sample.fields.items()})
        leaves = unfold(payload)
        found += [
            Try(one.match, one.values, one.place, one.place)
            for one in identifier.identify(Item("files", f"/secrets/{kind}"), leaves)
            if one.match.kind.name == kind
        ]
    return found


def configured(address: Callable[[str], str]) -> Config:
    """The configuration that leads there."""
    return parse(led(address), {}, "credwatch.toml")
