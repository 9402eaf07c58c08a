"""Deploys the two templates of infra/ to the local AWS, as `sam deploy` would: packages to S3, then change sets."""

import hashlib
import io
import platform
import time
import zipfile

import boto3
from botocore.config import Config

from places import ACCOUNT, FUNCTION_BINARIES, FUNCTIONS, INFRA, REGION, STACK, TEMPLATE

BUCKET = "tenantry-code"


def client(service, endpoint):
    """A client of the management account (its root, as the emulator has no first user)."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
    )


def deploy(endpoint, settings):
    """Seeds the organization, deploys both stacks, and returns the outputs of both together."""
    organization = seed_organization(endpoint)
    prefix = upload_functions(endpoint)
    brokers = deploy_stack(
        endpoint,
        f"{STACK}-management",
        INFRA / "management.yaml",
        {"OrganizationId": organization, "ToolingAccountId": ACCOUNT, "ToolingRegion": REGION, "ToolingStackName": STACK},
    )
    machine = deploy_stack(
        endpoint,
        STACK,
        TEMPLATE,
        {
            "OrganizationId": organization,
            "ManagementAccountId": ACCOUNT,
            "EmailTemplate": "aws+{tenant}@example.com",
            "AllowedRegions": "us-east-1,us-west-2,eu-west-1,eu-central-1",
            "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
            "CodeBucket": BUCKET,
            "CodePrefix": prefix,
            "LedgerDeletionProtection": "false",
            **settings,
        },
    )
    return {"OrganizationId": organization, **brokers, **machine}


def seed_organization(endpoint):
    """The organization's id; its service control policies are on, as management.yaml presumes."""
    organizations = client("organizations", endpoint)
    root = organizations.list_roots()["Roots"][0]
    if not any(kind["Type"] == "SERVICE_CONTROL_POLICY" for kind in root["PolicyTypes"]):
        organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    return organizations.describe_organization()["Organization"]["Id"]


def upload_functions(endpoint):
    """Uploads the built functions and returns their key prefix, which changes exactly when one of them does."""
    packages = {name: package(FUNCTION_BINARIES / name) for name in FUNCTIONS}
    prefix = hashlib.sha256(b"".join(packages.values())).hexdigest()[:16]
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET)
    for name, content in packages.items():
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/{name}.zip", Body=content)
    return prefix


def package(binary):
    """A Lambda package of one binary. Not compressed (it only crosses the loopback), and the same bytes every time."""
    content = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, binary.read_bytes())
    return content.getvalue()


def deploy_stack(endpoint, name, template, parameters):
    """Creates or updates one stack through a change set and returns its outputs."""
    cloudformation = client("cloudformation", endpoint)
    # In a request a template may have 51,200 bytes, in a bucket a megabyte.
    client("s3", endpoint).put_object(Bucket=BUCKET, Key=template.name, Body=template.read_bytes())
    kind = "UPDATE" if is_deployed(cloudformation, name) else "CREATE"
    change_set = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=f"local-{time.time_ns()}",
        ChangeSetType=kind,
        TemplateURL=f"https://s3.{REGION}.amazonaws.com/{BUCKET}/{template.name}",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )["Id"]
    if has_changes(cloudformation, change_set):
        cloudformation.execute_change_set(ChangeSetName=change_set)
        waiter = cloudformation.get_waiter(f"stack_{kind.lower()}_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    else:
        cloudformation.delete_change_set(ChangeSetName=change_set)
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def is_deployed(cloudformation, name):
    """Whether a stack of this name exists."""
    try:
        cloudformation.describe_stacks(StackName=name)
        return True
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return False
        raise


def has_changes(cloudformation, change_set):
    """Waits for the change set; false if it holds nothing to do."""
    while True:
        seen = cloudformation.describe_change_set(ChangeSetName=change_set)
        if seen["Status"] == "FAILED":
            reason = seen.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                return False
            raise RuntimeError(f"change set of `{seen['StackName']}`: {reason}")
        if seen["Status"] == "CREATE_COMPLETE":
            return True
