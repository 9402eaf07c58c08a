"""EC2's settings of an account in a Region, none of which MiniStack has: encryption of volumes by default, the defaults of the
instance metadata service, public sharing of snapshots and of images, the serial console.

(EC2 API Reference, the actions named below; Organizations User Guide, "EC2 policy syntax and examples".)
The delay of up to ten minutes for images is in the proxy (`image_block_secs`), which has the clock.
"""

from xml.sax.saxutils import escape

import stores
from ministack.core.responses import AccountRegionScopedDict
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


ec2._ACTION_MAP.update(
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
