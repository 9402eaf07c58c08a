"""EC2's settings of an account in a Region, none of which MiniStack has: encryption of volumes by default, the defaults of the
instance metadata service, public sharing of snapshots and of images, the serial console, the block of VPCs' public access, allowed images.
The last two are kept and have no effect.

(EC2 API Reference, the actions named below; Organizations User Guide, "EC2 policy syntax and examples".)
The delay of up to ten minutes for images is in the proxy (`image_block_secs`), which has the clock.
"""

from xml.sax.saxutils import escape

import stores
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import ec2
from organization_policies import DEFAULT_MESSAGE, EC2, effective

# Only what differs from a new account, by setting.
_settings = stores.add(ec2, "_account_settings", AccountRegionScopedDict())


class Setting:
    """A setting with one value."""

    def __init__(self, name, default, *declared):
        self.name, self.default, self.declared = name, default, declared

    def value(self):
        """What is in effect. AWS: an organization's policy wins, and what the account had set comes back when it is detached."""
        return self.policy_value() or _settings.get(self.name, {}).get(self.name, self.default)

    def set(self, value):
        """Sets it. Set to its default, it leaves no row."""
        if value == self.default:
            _settings.pop(self.name, None)
        else:
            _settings[self.name] = {self.name: value}

    def policy_value(self):
        """The value that the organization's policy has for it, if any."""
        found = effective(EC2).get("ec2_attributes", {})
        for key in self.declared:
            found = found.get(key, {})
        return POLICY_VALUES.get(found, found.replace("_", "-")) if self.declared and found else None


# A policy's words for what the API says otherwise than with hyphens for underscores.
POLICY_VALUES = {"enabled": "true", "disabled": "false"}

# AWS (EC2 User Guide, "Block public access to your AMIs", "Default settings"): images are blocked in new accounts; the rest is open.
# No policy of an organization can set the encryption of volumes.
EBS_ENCRYPTION = Setting("EbsEncryptionByDefault", "false")
SNAPSHOTS = Setting("SnapshotBlockPublicAccess", "unblocked", "snapshot_block_public_access", "state")
IMAGES = Setting("ImageBlockPublicAccess", "block-new-sharing", "image_block_public_access", "state")
SERIAL_CONSOLE = Setting("SerialConsoleAccess", "false", "serial_console_access", "status")

# The defaults of the metadata service: field, element of the answer, what it can be, field of the policy.
METADATA = (
    ("HttpTokens", "httpTokens", ("optional", "required"), "http_tokens"),
    ("HttpPutResponseHopLimit", "httpPutResponseHopLimit", tuple(str(hops) for hops in range(1, 65)), "http_put_response_hop_limit"),
    ("HttpEndpoint", "httpEndpoint", ("disabled", "enabled"), "http_endpoint"),
    ("InstanceMetadataTags", "instanceMetadataTags", ("disabled", "enabled"), "instance_metadata_tags"),
    ("HttpTokensEnforced", "httpTokensEnforced", ("disabled", "enabled"), "http_tokens_enforced"),
)
NO_PREFERENCE = ("no-preference", "no_preference", "-1")


def answer(action, elements):
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items() if value is not None)
    return ec2._xml(200, f"{action}Response", body)


def reads(action, setting, element):
    """An action that returns a setting, and who manages it where a policy can."""

    def get(_):
        managed_by = "declarative-policy" if setting.policy_value() else "account"
        return answer(action, {element: setting.value(), "managedBy": managed_by if setting.declared else None})

    return dry_run(get)


def writes(action, setting, element, value=None, field=None, allowed=()):
    """An action that sets a setting to `value`, or to what the request has in `field`."""

    def put(params):
        wanted = value or ec2._p(params, field)
        if not wanted:
            return ec2._error("MissingParameter", f"The request must contain the parameter {field}", 400)
        if value is None and wanted not in allowed:
            return ec2._error("InvalidParameterValue", f"Value ({escape(wanted)}) for parameter {field} is invalid.", 400)
        if setting.policy_value():
            return policy_error()
        setting.set(wanted)
        return answer(action, {element: wanted})

    return dry_run(put)


def dry_run(action):
    """AWS: a dry run ends after the permission is checked. Policies of this kind are no permissions: the service itself obeys them."""

    def checked(params):
        if ec2._p(params, "DryRun").lower() == "true":
            return ec2._error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        return action(params)

    return checked


def policy_error():
    """AWS: an attribute that a policy sets cannot be modified, not even to the same value. The message is documented, the error code
    is not; a fault of the proxy can answer another code."""
    message = effective(EC2)["ec2_attributes"].get("exception_message", DEFAULT_MESSAGE)
    return ec2._error("OperationNotPermitted", escape(message), 400)


def get_instance_metadata_defaults(_):
    """AWS: a default that is not set is left out of the answer."""
    attributes = effective(EC2).get("ec2_attributes", {})
    policy = attributes.get("instance_metadata_defaults")
    own = _settings.get("InstanceMetadataDefaults", {})
    elements = {}
    for field, element, _, declared in METADATA:
        value = own.get(field) if policy is None else str(policy.get(declared, "no_preference"))
        elements[element] = None if value in NO_PREFERENCE else value
    elements["managedBy"] = "account" if policy is None else "declarative-policy"
    elements["managedExceptionMessage"] = None if policy is None else attributes.get("exception_message")
    level = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items() if value is not None)
    return ec2._xml(200, "GetInstanceMetadataDefaultsResponse", f"<accountLevel>{level}</accountLevel>")


def modify_instance_metadata_defaults(params):
    """AWS: only what is named changes; `no-preference`, for hops -1, takes a default back."""
    own = dict(_settings.get("InstanceMetadataDefaults", {}))
    for field, _, allowed, _ in METADATA:
        wanted = ec2._p(params, field)
        if wanted in NO_PREFERENCE:
            own.pop(field, None)
        elif wanted in allowed:
            own[field] = wanted
        elif wanted:
            return ec2._error("InvalidParameterValue", f"Value ({escape(wanted)}) for parameter {field} is invalid.", 400)
    if effective(EC2).get("ec2_attributes", {}).get("instance_metadata_defaults") is not None:
        return policy_error()
    if own:
        _settings["InstanceMetadataDefaults"] = own
    else:
        _settings.pop("InstanceMetadataDefaults", None)
    return answer("ModifyInstanceMetadataDefaults", {"return": "true"})


VPC_BLOCK = Setting("VpcBlockPublicAccess", "off", "vpc_block_public_access", "internet_gateway_block", "mode")
ALLOWED_IMAGES = Setting("AllowedImagesSettings", "disabled", "allowed_images_settings", "state")
MODES = ("off", "block-ingress", "block-bidirectional")
# AWS (EC2 API Reference, "ImageCriterionRequest"): these, or the number of an account.
PROVIDERS = ("amazon", "aws-marketplace", "aws-backup-vault", "none")


def vpc_block_options(mode):
    elements = {
        "awsAccountId": get_account_id(),
        "awsRegion": get_region(),
        "state": "default-state" if mode == "off" else "update-complete",
        "internetGatewayBlockMode": mode,
        "managedBy": "declarative-policy" if VPC_BLOCK.policy_value() else "account",
        "exclusionsAllowed": "allowed",
    }
    body = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    return f"<vpcBlockPublicAccessOptions>{body}</vpcBlockPublicAccessOptions>"


def describe_vpc_block(_):
    return ec2._xml(200, "DescribeVpcBlockPublicAccessOptionsResponse", vpc_block_options(VPC_BLOCK.value()))


def modify_vpc_block(params):
    wanted = ec2._p(params, "InternetGatewayBlockMode")
    if wanted not in MODES:
        return ec2._error("InvalidParameterValue", f"Value ({escape(wanted)}) for parameter InternetGatewayBlockMode is invalid.", 400)
    if VPC_BLOCK.policy_value():
        return policy_error()
    VPC_BLOCK.set(wanted)
    return ec2._xml(200, "ModifyVpcBlockPublicAccessOptionsResponse", vpc_block_options(wanted))


def numbered(params, prefix):
    """The values `prefix.1`, `prefix.2` and so on."""
    values, number = [], 1
    while value := ec2._p(params, f"{prefix}.{number}"):
        values.append(value)
        number += 1
    return values


def get_allowed_images(_):
    """AWS: criteria are kept while the setting is disabled."""
    own = _settings.get("ImageCriteria", {}).get("criteria", [])
    sets = {"ImageProvider": "imageProviderSet", "ImageName": "imageNameSet", "MarketplaceProductCode": "marketplaceProductCodeSet"}
    criteria = ""
    for one in own:
        lists = [(sets[kind], "".join(f"<item>{escape(value)}</item>" for value in values)) for kind, values in one.items()]
        criteria += "<item>" + "".join(f"<{name}>{items}</{name}>" for name, items in lists) + "</item>"
    managed_by = "declarative-policy" if ALLOWED_IMAGES.policy_value() else "account"
    body = f"<state>{ALLOWED_IMAGES.value()}</state><imageCriterionSet>{criteria}</imageCriterionSet><managedBy>{managed_by}</managedBy>"
    return ec2._xml(200, "GetAllowedImagesSettingsResponse", body)


def replace_image_criteria(params):
    """AWS: what a request leaves out is no longer asked for."""
    if ALLOWED_IMAGES.policy_value():
        return policy_error()
    criteria = []
    for number in range(1, 11):
        kinds = ("ImageProvider", "ImageName", "MarketplaceProductCode")
        found = {kind: numbered(params, f"ImageCriterion.{number}.{kind}") for kind in kinds}
        criteria.append({kind: values for kind, values in found.items() if values})
    criteria = [one for one in criteria if one]
    for one in criteria:
        for provider in one.get("ImageProvider", []):
            if provider not in PROVIDERS and not (provider.isdigit() and len(provider) == 12):
                return ec2._error("InvalidParameterValue", f"Value ({escape(provider)}) for parameter ImageProvider is invalid.", 400)
    if criteria:
        _settings["ImageCriteria"] = {"criteria": criteria}
    else:
        _settings.pop("ImageCriteria", None)
    return answer("ReplaceImageCriteriaInAllowedImagesSettings", {"return": "true"})


ec2._ACTION_MAP.update(
    DescribeVpcBlockPublicAccessOptions=dry_run(describe_vpc_block),
    ModifyVpcBlockPublicAccessOptions=dry_run(modify_vpc_block),
    GetAllowedImagesSettings=dry_run(get_allowed_images),
    EnableAllowedImagesSettings=writes(
        "EnableAllowedImagesSettings",
        ALLOWED_IMAGES,
        "allowedImagesSettingsState",
        field="AllowedImagesSettingsState",
        allowed=("enabled", "audit-mode"),
    ),
    DisableAllowedImagesSettings=writes("DisableAllowedImagesSettings", ALLOWED_IMAGES, "allowedImagesSettingsState", "disabled"),
    ReplaceImageCriteriaInAllowedImagesSettings=dry_run(replace_image_criteria),
    GetEbsEncryptionByDefault=reads("GetEbsEncryptionByDefault", EBS_ENCRYPTION, "ebsEncryptionByDefault"),
    EnableEbsEncryptionByDefault=writes("EnableEbsEncryptionByDefault", EBS_ENCRYPTION, "ebsEncryptionByDefault", "true"),
    DisableEbsEncryptionByDefault=writes("DisableEbsEncryptionByDefault", EBS_ENCRYPTION, "ebsEncryptionByDefault", "false"),
    GetInstanceMetadataDefaults=dry_run(get_instance_metadata_defaults),
    ModifyInstanceMetadataDefaults=dry_run(modify_instance_metadata_defaults),
    GetSnapshotBlockPublicAccessState=reads("GetSnapshotBlockPublicAccessState", SNAPSHOTS, "state"),
    EnableSnapshotBlockPublicAccess=writes(
        "EnableSnapshotBlockPublicAccess", SNAPSHOTS, "state", field="State", allowed=("block-all-sharing", "block-new-sharing")
    ),
    DisableSnapshotBlockPublicAccess=writes("DisableSnapshotBlockPublicAccess", SNAPSHOTS, "state", "unblocked"),
    GetImageBlockPublicAccessState=reads("GetImageBlockPublicAccessState", IMAGES, "imageBlockPublicAccessState"),
    EnableImageBlockPublicAccess=writes(
        "EnableImageBlockPublicAccess",
        IMAGES,
        "imageBlockPublicAccessState",
        field="ImageBlockPublicAccessState",
        allowed=("block-new-sharing",),
    ),
    DisableImageBlockPublicAccess=writes("DisableImageBlockPublicAccess", IMAGES, "imageBlockPublicAccessState", "unblocked"),
    GetSerialConsoleAccessStatus=reads("GetSerialConsoleAccessStatus", SERIAL_CONSOLE, "serialConsoleAccessEnabled"),
    EnableSerialConsoleAccess=writes("EnableSerialConsoleAccess", SERIAL_CONSOLE, "serialConsoleAccessEnabled", "true"),
    DisableSerialConsoleAccess=writes("DisableSerialConsoleAccess", SERIAL_CONSOLE, "serialConsoleAccessEnabled", "false"),
)
