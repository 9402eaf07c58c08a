"""The whole state of MiniStack as one thing, for trials: counted by kind, kept, put back. No kind of resource is named but for what AWS does by itself.

Control endpoints, on loopback only, as everything of this server:
- `POST /_tenantry/checkpoint?file=F` keeps the state of all services in a file; `POST /_tenantry/restore?file=F` puts it back,
  also if another server kept it; with `&account=A` what one account had then, and nothing else.
- `GET /_tenantry/inventory?account=A&word=W…` counts what is in an account: `alive` by kind and setting, with the given words,
  ids, times and addresses taken out of the settings, so that two tenants built alike are equal; `made` by kind, everything
  that was ever put there; `tagged`, what carries a tenant's tag.
- What other modules add in `CONTROLS`, for what nobody can do to an account by a call to AWS.
"""

import collections
import importlib
import json
import os
import pickle
import re
from urllib.parse import parse_qs

from stores import services, stores

TAG = "tenantry:tenant"

# More control endpoints, by method and name: they take the query and return what is answered.
CONTROLS = {}

# Stores of what services write down by themselves, and not of what somebody made.
NOISE = re.compile(r"(_events|_events_log|_log|_log_records|_records|_reports|_requests|_txn_idempotency|_stream_\w+|_create_statuses|_last_\w+)$")
# Settings that AWS has from the start as they would be requested, so that asking or not makes no difference.
FROM_THE_START = {"s3 bucket_encryption", "s3 buckets._ownership_controls", "s3 buckets._public_access_block"}
# States in which a resource is only remembered.
DELETED = {"deleted", "terminated", "DELETED"}
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


# Stores that are no scoped ones: sessions, and which default networks were laid out.
PLAIN = {("sts", "_sessions"), ("ec2", "_default_initialized_scopes")}


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
              for key, value in store._data.items() if key[0] == account and not is_deleted(value)}
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
                # Tags of what is deleted are forgotten by AWS, and remembered here.
                if is_deleted(value) or ("tags" in name and (service, last(key)) not in living):
                    continue
                alive[kind] += 1
                settings(alive, kind, value, words)
                if TAG in json.dumps(value, default=str):
                    tagged.append(f"{kind} {key[-1]}")
    return {"alive": alive, "made": made, "tagged": sorted(tagged)}


def last(key):
    """The name a row goes by: the key in its account, or the end of it if it is an ARN."""
    return str(key[-1]).rsplit("/", 1)[-1]


def is_deleted(value):
    return isinstance(value, dict) and (value.get("State") in DELETED or value.get("NatGatewayState") in DELETED)


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
        case (_, [name]) if (method, name) in CONTROLS:
            return 200, CONTROLS[method, name](query)
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
