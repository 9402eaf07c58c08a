"""S3's public access block of a whole account, which MiniStack lacks: read, set and deleted through S3 Control, and enforced by S3.

(S3 API Reference, "GetPublicAccessBlock", "PutPublicAccessBlock" and "DeletePublicAccessBlock" of Amazon S3 Control; S3 User Guide,
"Blocking public access to your Amazon S3 storage"; Organizations User Guide, "S3 policies".)

SDKs put the account in front of the address of S3 Control. `http://s3-control@127.0.0.1:PORT` is an address that is still found then:
`http://123456789012.s3-control@127.0.0.1:PORT`.
"""

import re
from xml.etree.ElementTree import ParseError, fromstring

import stores
from ministack import app
from ministack.core import sigv4
from ministack.core.responses import AccountScopedDict, get_account_id, request_scope
from ministack.services import s3
from organization_policies import S3, effective

PATH = "/v20180820/configuration/publicAccessBlock"
# AWS (Service Authorization Reference, "Amazon S3"): there is no action of its own to delete it.
ACTIONS = {"GET": "s3:GetAccountPublicAccessBlock", "PUT": "s3:PutAccountPublicAccessBlock", "DELETE": "s3:PutAccountPublicAccessBlock"}
FIELDS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

# AWS: a new account has none.
_blocks = stores.add(s3, "_account_public_access_block", AccountScopedDict())

_handle_s3_control_request = app._handle_s3_control_request
_public_access_blocked = s3._public_access_blocked
_header_signature_failure = sigv4.header_signature_failure


async def handle_s3_control_request(path, method, body, query, request_id, headers=None):
    """Answers the three calls about the account's block; the rest of S3 Control is MiniStack's."""
    if path.rstrip("/") != PATH or method not in ACTIONS:
        return await _handle_s3_control_request(path, method, body, query, request_id, headers)
    headers = headers or {}
    denied = app._enforce_data_plane("s3", ACTIONS[method], headers, query, request_id)
    # AWS: the account is named in a header, and can only be the caller's own.
    status, more, answer = wrapped(denied) if denied else s3.s3control_account_error(headers) or respond(method, body)
    return status, {**more, "x-amzn-requestid": request_id}, answer


def header_signature_failure(signature, secret, method, path, query, headers, body, **more):
    """The part of an address before an `@` is never sent. botocore leaves it out of the signature too; the Rust SDK signs it."""
    failure = _header_signature_failure(signature, secret, method, path, query, headers, body, **more)
    if failure is None or not path.startswith(app._S3_CONTROL_PREFIX):
        return failure
    account, host = headers.get("x-amz-account-id", ""), headers.get("host", "")
    whole = {**headers, "host": f"{account}.s3-control@{host}"}
    return _header_signature_failure(signature, secret, method, path, query, whole, body, **more)


def wrapped(denied):
    """A denial in the error format of S3 Control; MiniStack gives it in that of S3."""
    status, _, body = denied
    found = {name: re.search(f"<{name}>(.*?)</{name}>".encode(), body, re.S) for name in ("Code", "Message")}
    code, message = (match.group(1).decode() if match else "AccessDenied" for match in found.values())
    return s3.s3control_error(code, message, status)


def respond(method, body):
    managed = is_managed()
    if method == "GET":
        return configuration(dict.fromkeys(FIELDS, True) if managed else _blocks.get("block"))
    if managed:
        # AWS: what an organization's policy has set, the account cannot change.
        return s3.s3control_error("AccessDenied", "Access Denied", 403)
    if method == "DELETE":
        _blocks.pop("block", None)
        return 200, {}, b""
    try:
        given = {element.tag.rsplit("}", 1)[-1]: (element.text or "").strip() for element in fromstring(body)}
    except ParseError:
        return s3.s3control_error("MalformedXML", "The XML you provided was not well-formed", 400)
    _blocks["block"] = {field: given.get(field) == "true" for field in FIELDS}
    return 200, {}, b""


def configuration(block):
    if block is None:
        message = "The public access block configuration was not found"
        return s3.s3control_error("NoSuchPublicAccessBlockConfiguration", message, 404, {"AccountId": get_account_id()})
    fields = "".join(f"<{field}>{str(block[field]).lower()}</{field}>" for field in FIELDS)
    body = f'<PublicAccessBlockConfiguration xmlns="{s3.S3CONTROL_NS}">{fields}</PublicAccessBlockConfiguration>'
    return 200, {"Content-Type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def is_managed():
    """AWS: an organization's S3 policy turns on all four, or (`none`) leaves them to the account."""
    return effective(S3).get("s3_attributes", {}).get("public_access_block_configuration") == "all"


def public_access_blocked(owner, bucket, setting):
    """AWS: the stricter of the account's and the bucket's block applies."""
    with request_scope(owner, "us-east-1"):
        if is_managed() or (_blocks.get("block") or {}).get(setting):
            return True
    return _public_access_blocked(owner, bucket, setting)


app._handle_s3_control_request = handle_s3_control_request
s3._public_access_blocked = public_access_blocked
sigv4.header_signature_failure = header_signature_failure
