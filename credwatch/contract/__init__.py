"""What a plug-in offers, and all of credwatch that it may import.

A plug-in is one module of `credwatch_providers` whose `plugin` names what it can do. Optional powers are Protocols:
a connection that lists places is a `Store`, one that lists a vendor's keys is an `Inventory`, and so on.
"""

from credwatch.contract.making import (
    Shown,
    after_writing,
    denied,
    ending,
    exact,
    length,
    life,
    named,
    together,
)
from credwatch.contract.plugins import Found, NoSettings, Plugin, Settings, Setup
from credwatch.contract.replies import Http, Reply, otherwise, refused
from credwatch.contract.rotating import Asks, Disables, Explains, Minter, Remembers, Stager, Sunsets, Tries, Turns
from credwatch.contract.watching import (
    Closes,
    Diagnose,
    Diagnosis,
    Inventory,
    Issuer,
    Needs,
    Provider,
    Store,
    counted,
)
from credwatch.errors import ConfigError, Conflict, ProviderError, TransportError
from credwatch.mending import mending
from credwatch.model import (
    NEVER,
    Carried,
    Facts,
    Item,
    Kind,
    Listed,
    Match,
    Minted,
    Payload,
    ProbeResult,
    Reason,
    Role,
    Staged,
    Unlisted,
    Validity,
    Versioned,
)
from credwatch.model.rotating import Step
from credwatch.parallel import side_by_side
from credwatch.references import Reference
from credwatch.secrets import Secret

__all__ = [
    "NEVER",
    "Asks",
    "Carried",
    "Closes",
    "ConfigError",
    "Conflict",
    "Diagnose",
    "Diagnosis",
    "Disables",
    "Explains",
    "Facts",
    "Found",
    "Http",
    "Inventory",
    "Issuer",
    "Item",
    "Kind",
    "Listed",
    "Match",
    "Minted",
    "Minter",
    "Needs",
    "NoSettings",
    "Payload",
    "Plugin",
    "ProbeResult",
    "Provider",
    "ProviderError",
    "Reason",
    "Reference",
    "Remembers",
    "Reply",
    "Role",
    "Secret",
    "Settings",
    "Setup",
    "Shown",
    "Staged",
    "Stager",
    "Step",
    "Store",
    "Sunsets",
    "TransportError",
    "Tries",
    "Turns",
    "Unlisted",
    "Validity",
    "Versioned",
    "after_writing",
    "counted",
    "denied",
    "ending",
    "exact",
    "length",
    "life",
    "mending",
    "named",
    "otherwise",
    "refused",
    "side_by_side",
    "together",
]
