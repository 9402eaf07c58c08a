"""MiniStack, put right where it evaluates a permission differently from AWS.

Run instead of `ministack`, with the same environment. Each correction names what AWS does; they are made to the one
version pinned in requirements.txt, so that policies in infra/ can be written for AWS and still be enforced here.
"""

import contextvars
import json

import world  # before the services, whose stores it indexes
import added_services
from ministack.core import iam_actions, iam_evaluator
from ministack.services import ec2, iam, lambda_svc, organizations, tagging
# These correct by being imported.
import access_analyzer  # noqa: F401
import account_details  # noqa: F401
import account_settings  # noqa: F401
import alerting_rules  # noqa: F401
import http_apis  # noqa: F401
import budgets_rules  # noqa: F401
import cloudtrail_rules  # noqa: F401
import cost_explorer  # noqa: F401
import dashboards_rules  # noqa: F401
import dependent_actions
import ec2_rules  # noqa: F401
import event_buses  # noqa: F401
import iam_details  # noqa: F401
import key_pairs
import kms_rules  # noqa: F401
import organization_units  # noqa: F401
import logs_rules  # noqa: F401
import metric_filters  # noqa: F401
import pass_role  # noqa: F401
import resource_groups_rules  # noqa: F401
import root_user  # noqa: F401
import s3_account  # noqa: F401
import secrets_rules  # noqa: F401
import sts_rules  # noqa: F401

_resolve_condition_key = iam_evaluator._resolve_condition_key
_extract_iam_action = iam_actions.extract_iam_action
_extract_resource_arn = iam_actions.extract_resource_arn
_sqs_esm_concurrency = lambda_svc._sqs_esm_concurrency
_parse_tag_specs = ec2._parse_tag_specs


_iam_request = contextvars.ContextVar("iam_request", default={})
_leading_keys = contextvars.ContextVar("leading_keys", default=None)

# What a request to IAM says of itself in its conditions.
IAM_KEYS = {"iam:permissionsboundary": "PermissionsBoundary", "iam:policyarn": "PolicyArn"}

# The resource an EC2 call is authorized on, where MiniStack knows none: request field, kind of resource.
EC2_FIELDS = {"NatGatewayId": "natgateway", "FlowLogId.1": "vpc-flow-log", "AssociationId": "route-table"}

# How the ids of EC2 resources begin, and what their ARNs call them.
EC2_KINDS = {
    "vpc": "vpc",
    "subnet": "subnet",
    "igw": "internet-gateway",
    "rtb": "route-table",
    "nat": "natgateway",
    "eipalloc": "elastic-ip",
    "sg": "security-group",
    "vpce": "vpc-endpoint",
    "fl": "vpc-flow-log",
    "acl": "network-acl",
}


def resolve_condition_key(key, context):
    """AWS: every request comes over TLS; aws:PrincipalArn of a role session is the ARN of the role (with its path), not of the session."""
    if key.lower() in IAM_KEYS:
        return one(_iam_request.get(), IAM_KEYS[key.lower()]) or None
    if key.lower() == "dynamodb:leadingkeys":
        return _leading_keys.get()
    if key.lower() == "aws:securetransport":
        return "true"
    value = _resolve_condition_key(key, context)
    if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
        return value
    _, _, _, _, account, session = value.split(":", 5)
    role = iam._roles.get_scoped(account, None, session.split("/")[1])
    return role["Arn"] if role else value


def extract_iam_action(service, *request):
    """AWS: a batch of SQS is authorized as the call it is a batch of."""
    action = _extract_iam_action(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: an Organizations action is authorized on the account, unit, root or policy it names; IAM on ARNs with paths; tags of a
    trail on the trail."""
    _iam_request.set(query_params if service == "iam" else {})
    _leading_keys.set(leading_keys(body) if service == "dynamodb" else None)
    if service == "cloudtrail" and (trail := json.loads(body or b"{}").get("ResourceId")):
        return trail
    # This also keeps the request for `dependent_actions`.
    arn = _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service != "organizations":
        if service == "iam":
            return iam_arn(arn, query_params, account_id)
        return ec2_arn(query_params, region, account_id) if (service, arn) == ("ec2", "*") else arn
    request = json.loads(body or b"{}")
    for field in ("AccountId", "ResourceId", "PolicyId", "OrganizationalUnitId", "ParentId", "TargetId", "ChildId"):
        if field in request:
            return organization_arn(request[field])
    return "*"


def leading_keys(body):
    """AWS: `dynamodb:LeadingKeys` holds the partition key of the item that a call is about (DynamoDB Developer Guide, "Using IAM policy
    conditions for fine-grained access control"). Of calls about several items it is not told here."""
    request = json.loads(body or b"{}")
    item = request.get("Key") or request.get("Item") or {}
    partition = item.get("pk", {}).get("S")
    return [partition] if partition else None


def one(params, name):
    """The value of a request's parameter, or nothing."""
    value = params.get(name, "")
    return value[0] if isinstance(value, list) else value


def iam_arn(arn, params, account):
    """AWS: roles, policies and instance profiles are authorized by their whole ARN, path included, also while they are made."""
    made_at = one(params, "Path") or "/"
    if profile := one(params, "InstanceProfileName"):
        known = iam._instance_profiles.get_scoped(account, None, profile)
        return known["Arn"] if known else f"arn:aws:iam::{account}:instance-profile{made_at}{profile}"
    if role := one(params, "RoleName"):
        known = iam._roles.get_scoped(account, None, role)
        return known["Arn"] if known else f"arn:aws:iam::{account}:role{made_at}{role}"
    if policy := one(params, "PolicyName"):
        return f"arn:aws:iam::{account}:policy{made_at}{policy}"
    return arn


def ec2_arn(params, region, account):
    """AWS: deletions are authorized on what they delete, and the end of an association on its route table."""
    if pair := key_pairs.arn(params, region, account):
        return pair
    for field, kind in EC2_FIELDS.items():
        if identifier := one(params, field):
            if field == "AssociationId":
                identifier = associated_table(identifier)
            return f"arn:aws:ec2:{region}:{account}:{kind}/{identifier}"
    return "*"


def associated_table(association):
    """The id of the route table an association belongs to."""
    for identifier, table in ec2._route_tables.items():
        if any(known.get("RouteTableAssociationId") == association for known in table.get("Associations", [])):
            return identifier
    return association


def ec2_tags():
    """AWS: aws:ResourceTag also reads the tags of EC2 resources."""
    from ministack.core.responses import get_account_id, get_region

    for identifier, tags in ec2._tags.items():
        kind = EC2_KINDS.get(identifier.rsplit("-", 1)[0])
        if kind:
            yield f"arn:aws:ec2:{get_region()}:{get_account_id()}:{kind}/{identifier}", tags


def organization_arn(identifier):
    """The ARN of an account, unit, root or policy of the calling account's organization, `*` if there is none."""
    for known in (organizations._accounts, organizations._ous, organizations._roots):
        found = known.get(identifier)
        if found:
            return found["Arn"]
    policy = organizations._policies.get(identifier)
    return policy.get("Arn") or policy["PolicySummary"]["Arn"] if policy else "*"


def attached_to(request, _region, _account):
    """AWS: attaching is authorized on the policy and on what it is attached to."""
    yield "organizations:AttachPolicy", organization_arn(request.get("TargetId")), {}


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


def parse_tag_specs(params, kind, identifier):
    """AWS: the tags a flow log is made with are those for a `vpc-flow-log`; MiniStack expects `flow-log`."""
    return _parse_tag_specs(params, "vpc-flow-log" if kind == "flow-log" else kind, identifier)


iam_evaluator._resolve_condition_key = resolve_condition_key
iam_actions.extract_iam_action = extract_iam_action
iam_actions.extract_resource_arn = extract_resource_arn
tagging._RESOURCE_TAG_COLLECTORS["organizations"] = organization_tags
tagging._RESOURCE_TAG_COLLECTORS["ec2"] = ec2_tags
lambda_svc._sqs_esm_concurrency = sqs_esm_concurrency
ec2._parse_tag_specs = parse_tag_specs
dependent_actions.DEPENDENT["organizations:AttachPolicy"] = attached_to

if __name__ == "__main__":
    from ministack import app

    world.few_regions()
    added_services.start(app)
    app.app = world.controlled(app.app)
    app.main()
