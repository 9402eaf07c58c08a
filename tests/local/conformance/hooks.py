"""What Schemathesis does beside its own checks: it signs requests, counts them, and holds the ledger against every refusal."""

import hashlib
import json
import os
import re
import time

import boto3
import schemathesis
from boto3.dynamodb.types import Binary
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

TABLE = boto3.resource("dynamodb").Table(os.environ["CONFORMANCE_TABLE"])
COUNT = os.environ["CONFORMANCE_COUNT"]
CREDENTIALS = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])

# What the client's connection or AWS sets; a signature over it would not survive the way.
UNSIGNED = {"connection", "accept-encoding", "user-agent", "transfer-encoding", "content-length", "expect"}


class Signed(AuthBase):
    """Signs as the `aws` and `tenantry` command lines do."""

    def __call__(self, request):
        headers = {name: value for name, value in request.headers.items() if name.lower() not in UNSIGNED}
        body = request.body if isinstance(request.body, (bytes, str, type(None))) else None
        signed = AWSRequest(method=request.method, url=request.url, data=body, headers=headers)
        SigV4Auth(CREDENTIALS, "execute-api", os.environ["AWS_REGION"]).add_auth(signed)
        for name in ("Authorization", "X-Amz-Date"):
            request.headers[name] = signed.headers[name]
        return request


schemathesis.auth.set_from_requests(Signed())


def digest():
    """One number for everything in the ledger, but for how many changes each caller has asked for in a minute: that counts refused ones too."""
    items, page = [], TABLE.scan(ConsistentRead=True)
    while True:
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        page = TABLE.scan(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])

    def plain(value):
        return sorted(map(str, value)) if isinstance(value, set) else bytes(value).hex() if isinstance(value, Binary) else str(value)

    kept = (item for item in items if not item["pk"].startswith("CALLER#"))
    rows = sorted(json.dumps(item, sort_keys=True, default=plain) for item in kept)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def settled():
    """The ledger's digest once nothing that was under way changes it any more."""
    last, since = digest(), time.monotonic()
    while time.monotonic() - since < 10:
        time.sleep(1)
        if (now := digest()) != last:
            last, since = now, time.monotonic()
    return last


LAST = {"digest": settled(), "count": 0}


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Half of the well-formed ids of tenants are of tenants that exist."""
    path = ctx.operation.path if ctx.operation else ""
    name = (path_parameters or {}).get("id")
    if path.startswith("/v1/tenants/") and isinstance(name, str) and re.fullmatch("[a-z0-9-]+", name):
        path_parameters["id"] = ["acme", "globex", name, name][sum(name.encode()) % 4]
    return path_parameters


@schemathesis.check
def a_refused_request_changes_nothing(ctx, response, case):
    """Whatever is not accepted leaves the ledger as it was."""
    LAST["count"] += 1
    with open(COUNT, "w", encoding="utf-8") as file:
        file.write(str(LAST["count"]))
    before, LAST["digest"] = LAST["digest"], digest()
    if response.status_code >= 400:
        assert before == LAST["digest"], f"the ledger changed though the answer was {response.status_code}"
