"""Source identities, and the length of sessions, which MiniStack does not know.

(IAM User Guide, "Monitor and control actions taken with assumed roles" and "Roles terms and concepts", role chaining; STS API Reference,
"AssumeRole".)
"""

import contextvars
import dataclasses
import json
import re
from urllib.parse import parse_qs

from ministack.core import iam_evaluator
from ministack.services import iam, sts

_evaluate = iam_evaluator.evaluate_trust_policy
_handle = sts.handle_request
_principal_keys = iam_evaluator._principal_keys
_source = contextvars.ContextVar("source_identity", default=None)

SOURCE = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
# Of a role that is assumed by a role.
LONGEST_CHAINED = 3600
SHORTEST = 900


def evaluate(document, caller, context):
    """A trust policy is asked about sts:SetSourceIdentity, too. Each action knows only its own keys.

    (Service Authorization Reference, "Actions, resources, and condition keys for AWS Security Token Service".)
    """
    name, known = _source.get(), dict(context.service_context or {})
    if context.action == "sts:TagSession":
        known.pop("sts:externalid", None)
        return _evaluate(document, caller, dataclasses.replace(context, service_context=known))
    if name is None:
        return _evaluate(document, caller, context)
    assuming = dataclasses.replace(context, service_context={**known, "sts:sourceidentity": name})
    setting = dataclasses.replace(
        context, action="sts:SetSourceIdentity", service_context={"sts:sourceidentity": name}, request_tags={}, tag_keys=[]
    )
    return _evaluate(document, caller, assuming) and _evaluate(document, caller, setting)


def refused(code, message, status=400):
    return sts._error(status, code, message, ns="sts")


def wrong(form, headers, query):
    """AWS: how long a session may last, and what a source identity may be."""
    name = form.get("SourceIdentity")
    if name is not None and (not SOURCE.fullmatch(name) or name.startswith("aws:")):
        return refused("ValidationError", "sourceIdentity must satisfy regular expression pattern: [\\w+=,.@-]*, 2 to 64 characters")
    seconds = form.get("DurationSeconds")
    if seconds is None:
        return None
    if int(seconds) < SHORTEST:
        return refused("ValidationError", f"Value '{seconds}' at 'durationSeconds' must be at least {SHORTEST}")
    caller = sts._caller_identity(headers, query)
    chained = isinstance(caller, dict) and caller.get("principalType") == "AssumedRole"
    if chained and int(seconds) > LONGEST_CHAINED:
        return refused("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
    return None


async def handle_request(method, path, headers, body, query_params):
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    form = {name: values[0] for name, values in parse_qs(text).items()}
    if form.get("Action") != "AssumeRole":
        return await _handle(method, path, headers, body, query_params)
    if refusal := wrong(form, headers, query_params):
        return refusal
    name = form.get("SourceIdentity")
    before = set(sts._sessions)
    token = _source.set(name)
    try:
        status, answered, content = await _handle(method, path, headers, body, query_params)
    finally:
        _source.reset(token)
    if status == 200:
        kept(set(sts._sessions) - before, name, headers, query_params)
    if name is not None and status == 200:
        end = b"</AssumeRoleResult>"
        content = content.replace(end, f"<SourceIdentity>{name}</SourceIdentity>".encode() + end)
    return status, answered, content


def kept(opened, name, headers, query):
    """AWS: a source identity stays with the session and with those that are opened from it, and is in every request.

    (IAM User Guide, "Monitor and control actions taken with assumed roles", and "AWS global condition context keys", `aws:SourceIdentity`.)
    """
    caller = sts._caller_identity(headers, query)
    from_session = sts._sessions.get(caller.get("accessKey")) if isinstance(caller, dict) else None
    name = name or (from_session or {}).get("SourceIdentity")
    for key in opened:
        sts._sessions[key]["SourceIdentity"] = name


def principal_keys(credential):
    """What describes the caller, with the source identity of its session."""
    keys = _principal_keys(credential)
    name = (sts._sessions.get(credential.access_key_id) or {}).get("SourceIdentity")
    if name is not None:
        keys["aws:sourceidentity"] = name
    return keys


# Abridged from the AWS Managed Policy Reference, "AWSBillingReadOnlyAccess": what looks at bills and costs, and nothing else.
BILLING = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Action": [
            "account:GetAccountInformation", "aws-portal:ViewBilling", "billing:Get*", "billing:List*", "budgets:Describe*", "budgets:ViewBudget",
            "ce:Describe*", "ce:Get*", "ce:List*", "consolidatedbilling:Get*", "consolidatedbilling:List*", "cur:GetUsageReport", "freetier:Get*",
            "invoicing:Get*", "invoicing:List*", "payments:Get*", "payments:List*", "purchase-orders:View*", "tax:Get*", "tax:List*",
        ],
        "Resource": "*",
    }],
}
_name = "AWSBillingReadOnlyAccess"
iam._aws_managed_policies[f"arn:aws:iam::aws:policy/{_name}"] = iam._make_aws_managed_record(_name, json.dumps(BILLING))
iam_evaluator.evaluate_trust_policy = evaluate
iam_evaluator._principal_keys = principal_keys
sts.handle_request = handle_request
