//! The alarms of chapter 4 of the CIS AWS Foundations Benchmark, one row each.
//!
//! Sources: CIS AWS Foundations Benchmark 3.0.0, 4.1 to 4.15; CloudWatch Logs User Guide, "Filter pattern syntax for metric filters".

use tenancy::Severity;

/// An alarm on what the trail records.
#[derive(Debug, Clone, Copy)]
pub struct CisAlarm {
    /// Its name, after the prefix of our alarms.
    pub name: &'static str,
    /// Which recommendation it follows.
    pub control: &'static str,
    /// What happened when it goes off.
    pub title: &'static str,
    /// Which events count.
    pub pattern: Pattern,
    /// From how many in five minutes on.
    pub threshold: f64,
    /// How bad it is when the alarm, or its filter, is not as wanted.
    pub severity: Severity,
}

/// Which events count.
#[derive(Debug, Clone, Copy)]
pub enum Pattern {
    /// Those that this pattern selects.
    Whole(&'static str),
    /// Those with one of these names.
    Events(&'static [&'static str]),
    /// Those of this service with one of these names.
    Of(&'static str, &'static [&'static str]),
}

impl Pattern {
    /// As CloudWatch Logs takes it.
    pub fn text(&self) -> String {
        let any = |events: &[&str]| {
            let events: Vec<String> = events
                .iter()
                .map(|event| format!("($.eventName = {event})"))
                .collect();
            events.join(" || ")
        };
        match self {
            Self::Whole(pattern) => (*pattern).to_owned(),
            Self::Events(events) => format!("{{ {} }}", any(events)),
            Self::Of(service, events) => format!(
                "{{ ($.eventSource = {service}.amazonaws.com) && ({}) }}",
                any(events)
            ),
        }
    }
}

const fn row(
    name: &'static str,
    control: &'static str,
    title: &'static str,
    pattern: Pattern,
) -> CisAlarm {
    CisAlarm {
        name,
        control,
        title,
        pattern,
        threshold: 1.0,
        severity: Severity::Medium,
    }
}

const fn high(row: CisAlarm) -> CisAlarm {
    CisAlarm {
        severity: Severity::High,
        ..row
    }
}

/// Every alarm of the chapter.
pub const CIS: &[CisAlarm] = &[
    row(
        "unauthorized-calls",
        "4.1",
        "calls that were not authorized",
        Pattern::Whole(
            "{ (($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")) && \
             ($.sourceIPAddress != \"delivery.logs.amazonaws.com\") && ($.eventName != \"HeadBucket\") }",
        ),
    ),
    high(row(
        "sign-in-without-mfa",
        "4.2",
        "sign-in to the console without a second factor",
        Pattern::Whole(
            "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") && \
             ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }",
        ),
    )),
    high(row(
        "root-use",
        "4.3",
        "use of the root user",
        Pattern::Whole(
            "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && \
             $.eventType != \"AwsServiceEvent\" }",
        ),
    )),
    row(
        "iam-changes",
        "4.4",
        "changes of IAM policies",
        Pattern::Events(&[
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ]),
    ),
    high(row(
        "trail-changes",
        "4.5",
        "changes of CloudTrail",
        Pattern::Events(&[
            "CreateTrail",
            "UpdateTrail",
            "DeleteTrail",
            "StartLogging",
            "StopLogging",
        ]),
    )),
    row(
        "sign-in-failures",
        "4.6",
        "failed sign-ins to the console",
        Pattern::Whole(
            "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }",
        ),
    ),
    high(row(
        "key-removal",
        "4.7",
        "a KMS key that was disabled or is to be deleted",
        Pattern::Of("kms", &["DisableKey", "ScheduleKeyDeletion"]),
    )),
    row(
        "bucket-policy-changes",
        "4.8",
        "changes of policies of buckets",
        Pattern::Of(
            "s3",
            &[
                "PutBucketAcl",
                "PutBucketPolicy",
                "PutBucketCors",
                "PutBucketLifecycle",
                "PutBucketReplication",
                "DeleteBucketPolicy",
                "DeleteBucketCors",
                "DeleteBucketLifecycle",
                "DeleteBucketReplication",
            ],
        ),
    ),
    row(
        "config-changes",
        "4.9",
        "changes of AWS Config",
        Pattern::Of(
            "config",
            &[
                "StopConfigurationRecorder",
                "DeleteDeliveryChannel",
                "PutDeliveryChannel",
                "PutConfigurationRecorder",
            ],
        ),
    ),
    row(
        "security-group-changes",
        "4.10",
        "changes of security groups",
        Pattern::Events(&[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ]),
    ),
    row(
        "network-acl-changes",
        "4.11",
        "changes of network ACLs",
        Pattern::Events(&[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ]),
    ),
    row(
        "gateway-changes",
        "4.12",
        "changes of network gateways",
        Pattern::Events(&[
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ]),
    ),
    row(
        "route-table-changes",
        "4.13",
        "changes of route tables",
        Pattern::Of(
            "ec2",
            &[
                "CreateRoute",
                "CreateRouteTable",
                "ReplaceRoute",
                "ReplaceRouteTableAssociation",
                "DeleteRouteTable",
                "DeleteRoute",
                "DisassociateRouteTable",
            ],
        ),
    ),
    row(
        "vpc-changes",
        "4.14",
        "changes of VPCs",
        Pattern::Events(&[
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ]),
    ),
    row(
        "organization-changes",
        "4.15",
        "changes of the organization",
        Pattern::Of(
            "organizations",
            &[
                "AcceptHandshake",
                "AttachPolicy",
                "CancelHandshake",
                "CreateAccount",
                "CreateOrganization",
                "CreateOrganizationalUnit",
                "CreatePolicy",
                "DeclineHandshake",
                "DeleteOrganization",
                "DeleteOrganizationalUnit",
                "DeletePolicy",
                "EnableAllFeatures",
                "EnablePolicyType",
                "InviteAccountToOrganization",
                "LeaveOrganization",
                "DetachPolicy",
                "DisablePolicyType",
                "MoveAccount",
                "RemoveAccountFromOrganization",
                "UpdateOrganizationalUnit",
                "UpdatePolicy",
            ],
        ),
    ),
];
