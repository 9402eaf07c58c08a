"""The whole state of MiniStack as one thing, for trials: counted by kind, kept, put back. No service is named here.

Control endpoints, on loopback only, as everything of this server:
- `POST /_tenantry/checkpoint?file=F` keeps the state of all services in a file; `POST /_tenantry/restore?file=F` puts it back,
  also if another server kept it; with `&account=A` what one account had then, and nothing else.
- `GET /_tenantry/inventory?account=A&word=W…` counts what is in an account: `alive` by kind and setting, with the given words,
  ids, times and addresses taken out of the settings, so that two tenants built alike are equal; `made` by kind, everything
  that was ever put there; `tagged`, what carries a tenant's tag.
"""

import collections
import importlib
import json
import os
import pickle
import re
import sys
from urllib.parse import parse_qs

from ministack.core import responses

TAG = "tenantry:tenant"

# Stores of what services write down by themselves, and not of what somebody made.
NOISE = re.compile(r"(_events|_events_log|_log|_log_records|_records|_requests|_txn_idempotency|_stream_\w+|_create_statuses|_last_\w+)$")
# Settings that AWS has from the start as they would be asked for, so that asking or not makes no difference.
FROM_THE_START = {"s3 bucket_encryption", "s3 buckets._ownership_controls", "s3 buckets._public_access_block"}
# States in which a resource is only remembered.
GONE = {"deleted", "terminated", "DELETED"}
# Fields that tell when, how often, or by what random name.
NOISY_FIELDS = re.compile(r"(date|time|timestamp|created|modified|lastused|etag|availableipaddresscount|token|publicip|secret|sequence|revision|uniqueid|roleid|userid|policyid)$", re.I)
# Random or passing parts of a text: ids, times, addresses.
PASSING = [
    (re.compile(r"\b(\w{1,12})-[0-9a-f]{8,17}\b"), r"\1-#"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "#"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?"), "@"),
    (re.compile(r"\b(\d{1,3}\.){3}\d{1,3}(/\d+)?\b"), "ip"),
    (re.compile(r"\b(AROA|AIDA|AIPA|ANPA|AKIA|ASIA|AGPA)[0-9A-Z]{12,}\b"), r"\1#"),
]


class Rows(dict):
    """The rows of a store, keyed by (account, …, key), with the keys of each account (and Region) at hand.

    MiniStack looks through the rows of all accounts for those of one; with hundreds of accounts that is most of its time.
    """

    __slots__ = ("scopes", "made")

    def __init__(self, rows=()):
        super().__init__()
        self.scopes = {}
        self.made = collections.Counter()
        self.update(rows)

    def __setitem__(self, key, value):
        if key not in self:
            self.scopes.setdefault(key[:-1], {})[key] = None
            self.made[key[:-1]] += 1
        super().__setitem__(key, value)

    def __delitem__(self, key):
        super().__delitem__(key)
        del self.scopes[key[:-1]][key]

    def pop(self, key, *default):
        if key in self:
            value = self[key]
            del self[key]
            return value
        if default:
            return default[0]
        raise KeyError(key)

    def popitem(self):
        key = next(reversed(self))
        return key, self.pop(key)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, rows=(), **_):
        for key, value in dict(rows).items():
            self[key] = value

    def clear(self):
        super().clear()
        self.scopes.clear()
        self.made.clear()

    def of(self, scope):
        """The keys of one scope, as a list of their own."""
        return list(self.scopes.get(scope, ()))


def indexed(store, scope):
    """Has a class of stores keep its rows with an index; its meaning stays what it was."""

    def begin(self):
        self._data = Rows()

    def from_dict(cls, data):
        found = cls()
        found._data = Rows(data)
        return found

    def mine(self):
        return self._data.of(scope(self))

    store.__init__ = begin
    store.from_dict = classmethod(from_dict)
    store.__len__ = lambda self: len(self._data.scopes.get(scope(self), ()))
    store.__bool__ = lambda self: bool(self._data.scopes.get(scope(self)))
    store.__iter__ = lambda self: iter([key[-1] for key in mine(self)])
    store.keys = lambda self: [key[-1] for key in mine(self)]
    # A row may go while they are read, by a thread: then it is as if it had gone before.
    store.values = lambda self: [self._data[key] for key in mine(self) if key in self._data]
    store.items = lambda self: [(key[-1], self._data[key]) for key in mine(self) if key in self._data]


indexed(responses.AccountScopedDict, lambda self: (responses.get_account_id(),))
indexed(responses.AccountRegionScopedDict, lambda self: (responses.get_account_id(), responses.get_region()))
responses.AccountRegionScopedDict.values_scoped = lambda self, account, region: [self._data[key] for key in self._data.of((account, region))]
responses.AccountRegionScopedDict.items_scoped = lambda self, account, region: [(key[-1], self._data[key]) for key in self._data.of((account, region))]

STORES = (responses.AccountScopedDict, responses.AccountRegionScopedDict)
# Stores that are no scoped ones: sessions, and which default networks were laid out.
PLAIN = {("sts", "_sessions"), ("ec2", "_default_initialized_scopes")}


def services():
    """The modules of the services used so far."""
    prefix = "ministack.services."
    return {name[len(prefix):]: module for name, module in list(sys.modules.items()) if name.startswith(prefix) and module}


def stores():
    """Every store once, by service and name."""
    seen = set()
    for service, module in sorted(services().items()):
        for name, value in sorted(vars(module).items()):
            if isinstance(value, STORES) and id(value) not in seen:
                seen.add(id(value))
                yield (service, name), value


def keep():
    """Everything there is, as bytes."""
    rows = {where: (dict(store._data), dict(store._data.made)) for where, store in stores() if store._data or store._data.made}
    plain = {where: getattr(services()[where[0]], where[1]) for where in PLAIN if where[0] in services()}
    return pickle.dumps((rows, plain), protocol=pickle.HIGHEST_PROTOCOL)


def restore(kept, account=None):
    """Puts back what was kept, or what one account had of it."""
    rows, plain = pickle.loads(kept)
    for service, _ in (*rows, *plain):
        importlib.import_module(f"ministack.services.{service}")
    for where, store in stores():
        then, made = rows.get(where, ({}, {}))
        data = store._data
        if account is None:
            data.clear()
            data.update(then)
            data.made = collections.Counter(made)
            continue
        for key in [key for key in data if key[0] == account]:
            del data[key]
        data.update({key: value for key, value in then.items() if key[0] == account})
    if account is None:
        for (service, name), value in plain.items():
            now = getattr(services()[service], name)
            now.clear()
            now.update(value)


def inventory(account, words):
    """What is in an account, what ever was, and what carries our tag."""
    alive, made, tagged = collections.Counter(), collections.Counter(), []
    living = {(service, last(key)) for (service, name), store in stores() if "tags" not in name
              for key, value in store._data.items() if key[0] == account and not is_gone(value)}
    for (service, name), store in stores():
        if NOISE.search(name) or f"{service} {name.strip('_')}" in FROM_THE_START:
            continue
        for scope, count in store._data.made.items():
            if scope[0] == account and "tags" not in name:
                made[" ".join((service, name.strip("_")) + scope[1:])] += count
        for scope, keys in list(store._data.scopes.items()):
            if scope[0] != account:
                continue
            kind = " ".join((service, name.strip("_")) + scope[1:])
            for key in keys:
                value = store._data[key]
                # Tags of what is gone are forgotten by AWS, and remembered here.
                if is_gone(value) or ("tags" in name and (service, last(key)) not in living):
                    continue
                alive[kind] += 1
                settings(alive, kind, value, words)
                if TAG in json.dumps(value, default=str):
                    tagged.append(f"{kind} {key[-1]}")
    return {"alive": alive, "made": made, "tagged": sorted(tagged)}


def last(key):
    """The name a row goes by: the key in its account, or the end of it if it is an ARN."""
    return str(key[-1]).rsplit("/", 1)[-1]


def is_gone(value):
    return isinstance(value, dict) and (value.get("State") in GONE or value.get("NatGatewayState") in GONE)


def settings(counts, path, value, words):
    """Counts the settings of a resource, wherever they lie in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            key = str(key)
            inside = f"{path}.{plain(key, words)}"
            if not NOISY_FIELDS.search(key) and inside not in FROM_THE_START:
                settings(counts, inside, inner, words)
    elif isinstance(value, (list, tuple, set, collections.deque)):
        for inner in value:
            settings(counts, f"{path}[]", inner, words)
    elif isinstance(value, bool) or value is None or (isinstance(value, int) and abs(value) < 1_000_000):
        counts[f"{path}={value}"] += 1
    elif isinstance(value, (str, bytes)):
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        counts[f"{path}={plain(text, words)}"] += 1


def plain(text, words):
    """A text without what differs from tenant to tenant."""
    for number, word in enumerate(words):
        text = text.replace(word, f"${number}")
    for pattern, instead in PASSING:
        text = pattern.sub(instead, text)
    return text


def answer(method, path, query):
    """The answer to a control request: status and value."""
    parts = path.strip("/").split("/")[1:]
    match (method, parts):
        case ("GET", ["inventory"]):
            words = sorted(query.get("word", []), key=len, reverse=True)
            return 200, inventory(query["account"][0], [query["account"][0], *words])
        case ("POST", ["checkpoint"]):
            with open(query["file"][0], "wb") as file:
                file.write(keep())
            return 200, {}
        case ("POST", ["restore"]):
            with open(query["file"][0], "rb") as file:
                restore(file.read(), query.get("account", [None])[0])
            return 200, {}
    return 404, {"error": f"no `{method} {path}`"}


def controlled(app):
    """The application with the control endpoints before it. They run on its loop, so between two calls, never in one."""

    async def outer(scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith("/_tenantry/"):
            return await app(scope, receive, send)
        try:
            status, value = answer(scope["method"], scope["path"], parse_qs(scope.get("query_string", b"").decode()))
        except Exception as error:  # told to the trial, which fails with it
            status, value = 500, {"error": repr(error)}
        body = json.dumps(value).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return outer


def few_regions():
    """AWS: an account has the Regions that were opted into. TENANTRY_REGIONS names those there are; all if it is not set."""
    wanted = [name for name in os.environ.get("TENANTRY_REGIONS", "").split(",") if name]
    if wanted:
        ec2 = importlib.import_module("ministack.services.ec2")
        ec2._AWS_REGIONS[:] = [region for region in ec2._AWS_REGIONS if region[0] in wanted]
