"""MiniStack, put right where it judges a permission differently from AWS.

Run instead of `ministack`, with the same environment. Each correction names what AWS does; they are made to the one
version pinned in requirements.txt, so that policies in infra/ can be written for AWS and still be enforced here.
"""

import json

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, lambda_svc, organizations, tagging

_resolve_condition_key = iam_evaluator._resolve_condition_key
_extract_resource_arn = iam_actions.extract_resource_arn
_sqs_esm_concurrency = lambda_svc._sqs_esm_concurrency


def resolve_condition_key(key, context):
    """AWS: aws:PrincipalArn of a role session is the ARN of the role (with its path), not of the session."""
    value = _resolve_condition_key(key, context)
    if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
        return value
    _, _, _, _, account, session = value.split(":", 5)
    role = iam._roles.get_scoped(account, None, session.split("/")[1])
    return role["Arn"] if role else value


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: an Organizations action is authorized on the account, unit, root or policy it names."""
    if service != "organizations":
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    request = json.loads(body or b"{}")
    for field in ("AccountId", "ResourceId", "PolicyId", "OrganizationalUnitId", "ParentId", "TargetId", "ChildId"):
        if field in request:
            return organization_arn(request[field])
    return "*"


def organization_arn(identifier):
    """The ARN of an account, unit, root or policy of the calling account's organization, `*` if there is none."""
    for known in (organizations._accounts, organizations._ous, organizations._roots):
        found = known.get(identifier)
        if found:
            return found["Arn"]
    policy = organizations._policies.get(identifier)
    return policy.get("Arn") or policy["PolicySummary"]["Arn"] if policy else "*"


def organization_tags():
    """AWS: aws:ResourceTag also reads the tags of accounts, units and policies."""
    for identifier, tags in organizations._tags.items():
        yield organization_arn(identifier), [{"Key": key, "Value": value} for key, value in tags.items()]


def sqs_esm_concurrency(mapping, *others):
    """AWS: a number that reaches a property through a template's parameter is still a number."""
    scaling = mapping.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
    return _sqs_esm_concurrency(mapping, *others)


iam_evaluator._resolve_condition_key = resolve_condition_key
iam_actions.extract_resource_arn = extract_resource_arn
tagging._RESOURCE_TAG_COLLECTORS["organizations"] = organization_tags
lambda_svc._sqs_esm_concurrency = sqs_esm_concurrency

if __name__ == "__main__":
    from ministack.app import main

    main()
