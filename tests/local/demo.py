"""`make demo`: a first look at the running machine. `KEEP=1` leaves it running."""

import os
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from down import down
from places import REGION
from up import up


def get(url, signed):
    """The status and body of a GET, signed as the management account if asked to."""
    request = AWSRequest("GET", url)
    if signed:
        SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(request.headers)), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def main():
    """Up, a call with and one without a signature to an open and to a guarded route, down."""
    try:
        api = up()["api"]
        for path in ("/v1/health", "/v1/tenants"):
            for signed in (False, True):
                status, body = get(api + path, signed)
                print(f"GET {path:12} {'signed  ' if signed else 'unsigned'} {status} {body[:160]}")
    finally:
        if os.environ.get("KEEP") != "1":
            down()


if __name__ == "__main__":
    main()
