"""IAM Access Analyzer, which MiniStack lacks: analyzers of an account in a Region. Nothing is ever analyzed.

(IAM Access Analyzer API Reference; IAM User Guide, "IAM Access Analyzer quotas": one analyzer of an account for external access in each
Region, and one for unused access; Service Authorization Reference, "AWS IAM Access Analyzer".)
"""

import datetime
import json
import re
from urllib.parse import unquote

import added_services
import dependent_actions
import stores
from added_services import answer
from ministack.core import iam_actions
from ministack.core.responses import AccountRegionScopedDict, error_response_json, get_account_id, get_region
from ministack.services import iam

SERVICE = "access-analyzer"
TYPES = ("ACCOUNT", "ACCOUNT_UNUSED_ACCESS")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,254}")

_analyzers = stores.add(iam, "_analyzers", AccountRegionScopedDict())
_extract_resource_arn = iam_actions.extract_resource_arn


def arn_of(name, region, account):
    return f"arn:aws:access-analyzer:{region}:{account}:analyzer/{name}"


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call about an analyzer is authorized on it, also while it is made; listing knows no resource."""
    if service != SERVICE:
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    _, kind, *rest = unquote(path).split("/", 2)
    if kind == "tags":
        return rest[0]
    if not rest and method == "PUT":
        return arn_of(json.loads(body or b"{}").get("analyzerName", ""), region, account_id)
    return arn_of(rest[0], region, account_id) if rest else "*"


def refused(code, message, status=400):
    return error_response_json(code, message, status)


def absent(what):
    return refused("ResourceNotFoundException", f"{what} could not be found.", 404)


def configuration_of(kind, request):
    """The configuration an analyzer is given, or nothing where it is none that its type has."""
    given = request.get("configuration") or {}
    if kind == "ACCOUNT":
        return None if given else {}
    unused = given.get("unusedAccess")
    age = unused and unused.get("unusedAccessAge", 90)
    return given | {"unusedAccess": {**unused, "unusedAccessAge": age}} if isinstance(age, int) and 1 <= age <= 365 else None


def create(request):
    name, kind = request.get("analyzerName") or "", request.get("type")
    configuration = configuration_of(kind, request)
    if not NAME.fullmatch(name) or kind not in TYPES or configuration is None:
        return refused("ValidationException", "The analyzer's name, type or configuration is not valid.")
    if name in _analyzers:
        # AWS: a request that is repeated with its token is answered as the first time.
        if request.get("clientToken") and _analyzers[name]["clientToken"] == request["clientToken"]:
            return answer({"arn": _analyzers[name]["arn"]})
        return refused("ConflictException", f"Analyzer {name} already exists.", 409)
    if any(known["type"] == kind for known in _analyzers.values()):
        return refused("ServiceQuotaExceededException", f"Limit of analyzers of type {kind} exceeded.", 402)
    _analyzers[name] = {
        "arn": arn_of(name, get_region(), get_account_id()),
        "name": name,
        "type": kind,
        "createdAt": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": "ACTIVE",
        "tags": request.get("tags") or {},
        "configuration": configuration,
        "clientToken": request.get("clientToken"),
    }
    return answer({"arn": _analyzers[name]["arn"]})


def shown(analyzer):
    """AWS: an analyzer for external access shows no configuration."""
    return {name: value for name, value in analyzer.items() if name != "clientToken" and (name != "configuration" or value)}


def change(name, request):
    """AWS: only an analyzer for unused access can be updated."""
    known = _analyzers.get(name)
    if known is None:
        return absent(name)
    configuration = configuration_of(known["type"], request)
    if not configuration:
        return refused("ValidationException", "The configuration is not valid.")
    known["configuration"] = configuration
    return answer({"configuration": configuration})


def tag(arn, method, request, query):
    known = next((one for one in _analyzers.values() if one["arn"] == arn), None)
    if known is None:
        return absent(arn)
    if method == "POST":
        known["tags"] = known["tags"] | request.get("tags", {})
    elif method == "DELETE":
        keys = query.get("tagKeys", [])
        keys = keys if isinstance(keys, list) else [keys]
        known["tags"] = {key: value for key, value in known["tags"].items() if key not in keys}
    else:
        return answer({"tags": known["tags"]})
    return answer({})


async def handle(method, path, headers, body, query):
    request = json.loads(body or b"{}")
    _, kind, *rest = unquote(path).split("/", 2)
    if kind == "tags" and rest:
        return tag(rest[0], method, request, query)
    if kind != "analyzer":
        return refused("UnknownOperationException", f"{method} {path}", 404)
    if not rest:
        return create(request) if method == "PUT" else answer({"analyzers": [shown(one) for one in _analyzers.values()]})
    if method == "PUT":
        return change(rest[0], request)
    if rest[0] not in _analyzers:
        return absent(rest[0])
    if method == "DELETE":
        del _analyzers[rest[0]]
        return answer({})
    return answer({"analyzer": shown(_analyzers[rest[0]])})


iam_actions.extract_resource_arn = extract_resource_arn
dependent_actions.DEPENDENT["access-analyzer:CreateAnalyzer"] = dependent_actions.service_linked_role(
    "access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer"
)
added_services.add(SERVICE, handle, "accessanalyzer")
