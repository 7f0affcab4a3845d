"""What lies under `sys/`: health and seal, mounts, policies, namespaces, capabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from credwatch.sandbox.vault import policies
from credwatch.sandbox.vault.answers import NOTHING, Answer, Ask, Refused, Source, wrapped
from credwatch.sandbox.vault.tokens import Token

VERSION = "2.0.0-HEAD"
_CLUSTER = "vault-cluster-sandbox"
_BUILT_IN = {
    "cubbyhole": ("cubbyhole", "per-token private secret storage"),
    "identity": ("identity", "identity store"),
    "sys": ("system", "system endpoints used for control, policy and debugging"),
}
_HEADERS_PASSED = {"system": "Accept", "identity": "Authorization"}


class Engine(Protocol):
    """What serves a mount; paths begin below it."""

    def exists(self, path: str, /) -> bool:
        """Whether a write there is an update; else it is a create."""

    def handle(self, ask: Ask, /) -> Answer:
        """One authorised request. Refused, with the words, when it is none of its own."""


class Unserved:
    """A mount of a kind that this server can show but not serve."""

    def exists(self, _path: str) -> bool:
        """Nothing is known of it."""
        return True

    def handle(self, _ask: Ask) -> Answer:
        """Always refused."""
        raise wrapped(404, "unsupported path")


@dataclass(frozen=True)
class Mount:
    """One engine and where it stands; the path ends with a slash."""

    path: str
    engine: Engine
    row: Mapping[str, Any]


@dataclass
class Namespace:
    """A Vault within the Vault."""

    path: str
    id: str
    uuid: str
    mounts: dict[str, Mount] = field(default_factory=dict)
    logins: dict[str, Mount] = field(default_factory=dict)
    policies: dict[str, tuple[str, policies.Rules]] = field(default_factory=dict)

    def mount_of(self, path: str) -> Mount | None:
        """The mount that a path lies under; a listing may leave out its last slash."""
        every = (*self.mounts.values(), *self.logins.values())
        return next((each for each in every if f"{path}/".startswith(each.path) and each.path != "sys/"), None)

    def shown(self) -> dict[str, Any]:
        """As a listing of namespaces shows it."""
        return {
            "custom_metadata": {},
            "id": self.id,
            "locked": False,
            "path": f"{self.path}/",
            "tainted": False,
            "uuid": self.uuid,
        }


class System:
    """The state of the server as a whole."""

    def __init__(self, source: Source, engine: Callable[[str, str, str, str], Engine]) -> None:
        self._source = source
        self._engine = engine
        self._cluster = source.uuid()
        self.sealed = False
        self.namespaces: dict[str, Namespace] = {}
        self._found("")

    def place(self, header: str, path: str) -> tuple[Namespace, str]:
        """The namespace that header and path name together, and the rest of the path."""
        name = header.strip("/")
        if name not in self.namespaces:
            raise Refused(404, "namespace not found")
        head, _, rest = path.partition("/")
        while f"{name}/{head}".lstrip("/") in self.namespaces and head:
            name = f"{name}/{head}".lstrip("/")
            head, _, rest = (path := rest).partition("/")
        return self.namespaces[name], path

    def capabilities(self, holder: Token, place: Namespace, path: str, *, listing: bool = False) -> frozenset[str]:
        """What a token may do on a path, seen from the namespace whose policies it carries."""
        home = self.namespaces[holder.namespace]
        default = policies.parse(policies.DEFAULT)
        known = {"default": default} | {name: rules for name, (_, rules) in home.policies.items()}
        carried = [known[name] for name in holder.policies if name in known]
        whole = f"{place.path.removeprefix(holder.namespace)}/{path}".strip("/") if place is not home else path
        return policies.allowed(carried, f"{whole.rstrip('/')}/" if listing else whole, listing=listing)

    def handle(  # noqa: C901, PLR0911, PLR0912  one line an endpoint
        self, ask: Ask, place: Namespace, holder: Token | None
    ) -> Answer:
        """Everything under `sys/`."""
        match ask.operation, ask.path.removeprefix("sys/").rstrip("/").split("/"):
            case "read", ["health"]:
                return self._health(ask.query)
            case "read", ["seal-status"]:
                return Answer(200, self._seal_status())
            case "update", ["seal" | "unseal" as verb]:
                self.sealed = verb == "seal"
                return NOTHING if self.sealed else Answer(200, self._seal_status())
            case "read", ["mounts"]:
                return self._twice({path: mount.row for path, mount in place.mounts.items()})
            case "read", ["auth"]:
                return self._twice(_logins(place))
            case "read", ["internal", "ui", "mounts"]:
                return self._source.answer(self._visible(place, holder))
            case "update", ["mounts" | "auth" as table, *path]:
                self.mount(place, "/".join(path), ask.body, login=table == "auth")
                return NOTHING
            case "delete", ["mounts" | "auth" as table, *path]:
                mounts = place.mounts if table == "mounts" else place.logins
                mounts.pop("/".join(path) + "/", None)
                return NOTHING
            case _, ["policies", "acl", *name] | ["policy", *name]:
                return self._policy(ask, place, "/".join(name))
            case _, ["namespaces", *name]:
                return self._namespace(ask, "/".join(filter(None, (place.path, *name))))
            case "update", ["capabilities-self"] if holder is not None:
                return self._capabilities(ask.body.get("paths", ()), place, holder)
            case "update", ["leases", "lookup"]:
                raise Refused(400, "invalid lease")
            case _:
                raise wrapped(404, "unsupported path")

    def mount(self, place: Namespace, path: str, body: Mapping[str, Any], *, login: bool = False) -> None:
        """Put an engine somewhere."""
        mounts = place.logins if login else place.mounts
        if f"{path}/" in mounts or not path:
            raise Refused(400, f"path is already in use at {path}/")
        options = body.get("options") or None
        kind = str(body.get("type"))
        engine = self._engine(kind, str((options or {}).get("version", "1")), path, place.path)
        row = self._row(kind, str(body.get("description", "")), options)
        mounts[f"{path}/"] = Mount(f"auth/{path}/" if login else f"{path}/", engine, row)

    def _found(self, path: str) -> Namespace:
        made = Namespace(path, self._source.letters(6), self._source.uuid())
        for name, (kind, description) in _BUILT_IN.items():
            made.mounts[f"{name}/"] = Mount(f"{name}/", Unserved(), self._row(kind, description, None))
        made.logins["token/"] = Mount("auth/token/", Unserved(), self._row("token", "token based credentials", None))
        self.namespaces[path] = made
        return made

    def _row(self, kind: str, description: str, options: Mapping[str, Any] | None) -> dict[str, Any]:
        config: dict[str, Any] = {"default_lease_ttl": 0, "force_no_cache": False, "max_lease_ttl": 0}
        if kind in _HEADERS_PASSED:
            config["passthrough_request_headers"] = [_HEADERS_PASSED[kind]]
        if kind == "token":
            config["token_type"] = "default-service"  # noqa: S105  a kind of token, not one
        row: dict[str, Any] = {
            "accessor": f"{kind}_{self._source.letters(8)}",
            "config": config,
            "description": description,
            "external_entropy_access": False,
            "local": kind == "cubbyhole",
            "options": options,
            "plugin_version": "",
            "running_plugin_version": f"v{VERSION.removesuffix('-HEAD')}+builtin.bao",
            "running_sha256": "",
            "seal_wrap": kind == "system",
            "type": kind,
            "uuid": self._source.uuid(),
        }
        return row | ({"deprecation_status": "supported"} if kind == "kv" else {})

    def _twice(self, rows: Mapping[str, Any]) -> Answer:
        answer = self._source.answer(dict(rows))
        return Answer(200, {**rows, **(answer.body or {})})

    def _visible(self, place: Namespace, holder: Token | None) -> dict[str, Any]:
        """The mounts of which the token may do anything at all; nobody's token sees none."""
        if holder is None:
            return {"auth": {}, "secret": {}}
        if "root" in holder.policies:
            return {"auth": _logins(place), "secret": {path: mount.row for path, mount in place.mounts.items()}}
        home = self.namespaces[holder.namespace]
        rules = [path for name in holder.policies for path in home.policies.get(name, ("", {}))[1]]
        inside = f"{place.path.removeprefix(holder.namespace)}/".lstrip("/")
        seen = {
            path: mount.row
            for path, mount in place.mounts.items()
            if any(rule.startswith(inside + mount.path) for rule in rules)
        }
        return {"auth": {}, "secret": seen}

    def _policy(self, ask: Ask, place: Namespace, name: str) -> Answer:
        match ask.operation:
            case "update":
                text = str(ask.body.get("policy", ""))
                place.policies[name] = (text, policies.parse(text))
                return NOTHING
            case "read" if name in place.policies:
                return self._source.answer({"name": name, "policy": place.policies[name][0]})
            case "list":
                return self._source.keys(sorted({*place.policies, "default", "root"}))
            case "delete":
                place.policies.pop(name, None)
                return NOTHING
            case _:
                raise Refused(404)

    def _namespace(self, ask: Ask, path: str) -> Answer:
        match ask.operation:
            case "update" if path:
                known = self.namespaces.get(path) or self._found(path)
                return self._source.answer(known.shown())
            case "list":
                below = {
                    f"{each.path.removeprefix(path).strip('/')}/": each.shown()
                    for each in self.namespaces.values()
                    if each.path.rpartition("/")[0] == path and each.path != path
                }
                if not below:
                    raise Refused(404)
                return self._source.answer({"key_info": below, "keys": sorted(below)})
            case _:
                raise wrapped(404, "unsupported path")

    def _capabilities(self, paths: object, place: Namespace, holder: Token) -> Answer:
        found = {}
        for path in paths if isinstance(paths, list) else ():
            names = {"root"} if "root" in holder.policies else self.capabilities(holder, place, path)
            found[path] = sorted(names) or ["deny"]
        return self._twice(found)

    def _health(self, query: Mapping[str, str]) -> Answer:
        mode = "unknown" if self.sealed else "disabled"
        body: dict[str, Any] = {
            "initialized": True,
            "sealed": self.sealed,
            "standby": self.sealed,
            "performance_standby": False,
            "replication_performance_mode": mode,
            "replication_dr_mode": mode,
            "server_time_utc": int(self._source.now().timestamp()),
            "version": VERSION,
        }
        if self.sealed:
            return Answer(int(query.get("sealedcode", "503")), body)
        return Answer(200, body | {"cluster_name": _CLUSTER, "cluster_id": self._cluster})

    def _seal_status(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "shamir",
            "initialized": True,
            "sealed": self.sealed,
            "t": 1,
            "n": 1,
            "progress": 0,
            "nonce": "",
            "version": VERSION,
            "build_date": "",
            "migration": False,
            "recovery_seal": False,
            "storage_type": "inmem",
        }
        return body if self.sealed else body | {"cluster_name": _CLUSTER, "cluster_id": self._cluster}


def _logins(place: Namespace) -> dict[str, Any]:
    return {path: mount.row for path, mount in place.logins.items()}
