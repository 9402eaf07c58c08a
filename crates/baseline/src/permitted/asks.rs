//! What each change asks of AWS: actions, on which resource, with what a policy's conditions may test. A new kind of change, or of
//! resource, has to be put into these tables.

mod network;

use std::{collections::BTreeMap, fmt};

use serde_json::Value;
use tenancy::names;

use crate::{
    declared::{self, FieldRef, ResourceChange, State},
    desired::Desired,
};

pub(super) use network::of_part;

/// One action on one resource.
#[derive(Clone)]
pub(super) struct Ask {
    pub action: String,
    pub resource: String,
    /// Condition keys of the request, by name.
    pub context: BTreeMap<String, String>,
}

impl Ask {
    pub(super) fn of(action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            context: BTreeMap::new(),
        }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on `{}` {:?}",
            self.action, self.resource, self.context
        )
    }
}

fn all(actions: &[&str], resource: &str) -> Vec<Ask> {
    actions
        .iter()
        .map(|action| Ask::of(action, resource))
        .collect()
}

/// What a change of a declared resource asks.
pub(super) fn of_resource(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let asks = match change.kind.name {
        "alarm" => alarm,
        "metric-filter" => metric_filter,
        "role" => role,
        "topic" => topic,
        "policy" => policy,
        "instance-profile" => instance_profile,
        "log-group" => log_group,
        "key-pair" => key_pair,
        "kms-key" => kms_key,
        "secret" => secret,
        "bucket" => bucket,
        "budget" => budget,
        "trail" => trail,
        "alias" => alias,
        "analyzer" => analyzer,
        "default-vpc" => default_vpc,
        "resource-group" => resource_group,
        "contact" => return contact(change),
        "subscription" => return subscription(desired, change),
        "account-name" => return all(&["account:PutAccountName"], "*"),
        "password-policy" => {
            return all(&["iam:UpdateAccountPasswordPolicy"], "*");
        }
        "public-access-block" => return all(&["s3:PutAccountPublicAccessBlock"], "*"),
        "ebs-encryption" => return all(&["ec2:EnableEbsEncryptionByDefault"], "*"),
        "instance-metadata" => return all(&["ec2:ModifyInstanceMetadataDefaults"], "*"),
        "snapshot-block" => return all(&["ec2:EnableSnapshotBlockPublicAccess"], "*"),
        "image-block" => return all(&["ec2:EnableImageBlockPublicAccess"], "*"),
        "vpc-block" => return all(&["ec2:ModifyVpcBlockPublicAccessOptions"], "*"),
        "allowed-images" => {
            let set = [
                "ec2:EnableAllowedImagesSettings",
                "ec2:ReplaceImageCriteriaInAllowedImagesSettings",
            ];
            return all(&set, "*");
        }
        "serial-console" => return all(&["ec2:DisableSerialConsoleAccess"], "*"),
        other => panic!("the kind `{other}` has no row here"),
    };
    asks(desired, change)
}

fn contact(change: &ResourceChange) -> Vec<Ask> {
    match change.effect {
        declared::Effect::Delete { .. } => all(&["account:DeleteAlternateContact"], "*"),
        _ => all(&["account:PutAlternateContact"], "*"),
    }
}

fn subscription(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match change.effect {
        declared::Effect::Delete { .. } => all(&["sns:Unsubscribe"], "*"),
        _ => all(&["sns:Subscribe"], &topic_arn(desired, change)),
    }
}

fn topic_arn(desired: &Desired, change: &ResourceChange) -> String {
    let region = change.key.region().unwrap();
    names::alerts_topic_arn(desired.account.as_ref().unwrap(), region)
}

fn topic(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = topic_arn(desired, change);
    match &change.effect {
        declared::Effect::Create { .. } => all(&["sns:CreateTopic", "sns:TagResource"], &arn),
        declared::Effect::Delete { .. } => all(&["sns:DeleteTopic"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "policy" | "key" => "sns:SetTopicAttributes",
                "tags" => "sns:TagResource",
                other => panic!("the call `{other}` of a topic has no row here"),
            };
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.collect()
        }
    }
}

fn metric_filter(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let group = text(change, "group");
    let arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}");
    match change.effect {
        declared::Effect::Delete { .. } => all(&["logs:DeleteMetricFilter"], &arn),
        _ => all(&["logs:PutMetricFilter"], &arn),
    }
}

fn alarm(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}");
    match change.effect {
        declared::Effect::Create { .. } => all(
            &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            &arn,
        ),
        declared::Effect::Set { .. } => all(&["cloudwatch:PutMetricAlarm"], &arn),
        declared::Effect::Delete { .. } => all(&["cloudwatch:DeleteAlarms"], &arn),
    }
}

fn account(desired: &Desired) -> &str {
    desired.account.as_ref().unwrap().as_str()
}

/// A text of the resource, as it is wanted or, on the way out, as it was found.
fn text<'a>(change: &'a ResourceChange, field: &str) -> &'a str {
    let of = |state: &'a State| state.get(field).and_then(Value::as_str);
    match &change.effect {
        declared::Effect::Create { wanted } => of(wanted),
        declared::Effect::Set { wanted, found, .. } => of(found).or_else(|| of(wanted)),
        declared::Effect::Delete { found } => of(found),
    }
    .unwrap_or_default()
}

/// A text of the resource as it is wanted, where it is made or set.
fn wanted_text<'a>(change: &'a ResourceChange, field: &str) -> Option<&'a str> {
    match &change.effect {
        declared::Effect::Create { wanted } | declared::Effect::Set { wanted, .. } => {
            wanted.get(field).and_then(Value::as_str)
        }
        declared::Effect::Delete { .. } => None,
    }
}

fn iam_arn(desired: &Desired, change: &ResourceChange, kind: &str) -> String {
    let (account, path) = (account(desired), text(change, "path"));
    format!("arn:aws:iam::{account}:{kind}{path}{}", change.key.name)
}

fn role(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "role");
    let bounded = |ask: Ask, state: &State| match state.get("boundary").and_then(Value::as_str) {
        Some(boundary) => ask.with("iam:PermissionsBoundary", boundary),
        None => ask,
    };
    match &change.effect {
        declared::Effect::Create { wanted } => vec![
            bounded(Ask::of("iam:CreateRole", &arn), wanted),
            Ask::of("iam:TagRole", &arn),
        ],
        declared::Effect::Delete { .. } => {
            all(&["iam:DeleteRole", "iam:ListInstanceProfilesForRole"], &arn)
        }
        declared::Effect::Set { fields, wanted, .. } => {
            let ask = |field: &FieldRef| {
                let removed = field.value(wanted).is_null();
                let entry = field.entry.as_deref().unwrap_or_default();
                match (field.field.name, removed) {
                    ("trust", _) => Ask::of("iam:UpdateAssumeRolePolicy", &arn),
                    ("inline", false) => Ask::of("iam:PutRolePolicy", &arn),
                    ("inline", true) => Ask::of("iam:DeleteRolePolicy", &arn),
                    ("attached", false) => {
                        Ask::of("iam:AttachRolePolicy", &arn).with("iam:PolicyARN", entry)
                    }
                    ("attached", true) => {
                        Ask::of("iam:DetachRolePolicy", &arn).with("iam:PolicyARN", entry)
                    }
                    ("boundary", false) => {
                        bounded(Ask::of("iam:PutRolePermissionsBoundary", &arn), wanted)
                    }
                    ("boundary", true) => Ask::of("iam:DeleteRolePermissionsBoundary", &arn),
                    ("tags", _) => Ask::of("iam:TagRole", &arn),
                    ("session", _) => Ask::of("iam:UpdateRole", &arn),
                    (other, _) => panic!("the field `{other}` of a role has no row here"),
                }
            };
            fields.iter().map(ask).collect()
        }
    }
}

fn policy(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "policy");
    match &change.effect {
        declared::Effect::Create { .. } => all(&["iam:CreatePolicy", "iam:TagPolicy"], &arn),
        declared::Effect::Delete { .. } => all(
            &[
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:ListEntitiesForPolicy",
            ],
            &arn,
        ),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "document" => &["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"][..],
                "tags" => &["iam:TagPolicy"],
                other => panic!("the field `{other}` of a policy has no row here"),
            };
            fields
                .iter()
                .flat_map(|field| all(of(field), &arn))
                .collect()
        }
    }
}

fn instance_profile(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "instance-profile");
    let pass = |name: &str| {
        let role = names::tenant_role_arn(desired.account.as_ref().unwrap(), name);
        Ask::of("iam:PassRole", role).with("iam:PassedToService", "ec2.amazonaws.com")
    };
    let make = ["iam:CreateInstanceProfile", "iam:TagInstanceProfile"];
    match &change.effect {
        declared::Effect::Create { .. } => all(&make, &arn),
        declared::Effect::Delete { .. } => all(&["iam:DeleteInstanceProfile"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let of = |field: &FieldRef| match (field.field.name, wanted.get("role")) {
                ("role", Some(Value::String(role))) => {
                    let change = [
                        "iam:RemoveRoleFromInstanceProfile",
                        "iam:AddRoleToInstanceProfile",
                    ];
                    let mut asks = all(&change, &arn);
                    asks.push(pass(role));
                    asks
                }
                ("role", _) => all(&["iam:RemoveRoleFromInstanceProfile"], &arn),
                ("tags", _) => all(&["iam:TagInstanceProfile"], &arn),
                (other, _) => panic!("the field `{other}` of a profile has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

fn log_group(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let region = change.key.region().unwrap();
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:logs:{region}:{account}:log-group:{name}");
    let create = ["logs:CreateLogGroup", "logs:TagResource"];
    match &change.effect {
        declared::Effect::Create { .. } => all(&create, &arn),
        declared::Effect::Delete { .. } => all(&["logs:DeleteLogGroup"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "retention" => "logs:PutRetentionPolicy",
                "tags" => "logs:TagResource",
                "key" if field.value(wanted).is_null() => "logs:DisassociateKmsKey",
                "key" => "logs:AssociateKmsKey",
                other => panic!("the call `{other}` of a log group has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}

fn kms_key(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let tag = |prefix: &str| format!("aws:{prefix}/{}", names::TAG_TENANT);
    let tenant = desired.tenant.as_str();
    let key = format!("arn:aws:kms:{region}:{account}:key/1");
    let alias = format!("arn:aws:kms:{region}:{account}:{}", names::KEY_ALIAS);
    let ours = |action: &str| Ask::of(action, &key).with(&tag("ResourceTag"), tenant);
    match &change.effect {
        declared::Effect::Create { .. } => vec![
            Ask::of("kms:CreateKey", "*").with(&tag("RequestTag"), tenant),
            Ask::of("kms:TagResource", &key),
        ],
        declared::Effect::Delete { .. } => vec![ours("kms:ScheduleKeyDeletion")],
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "state" => vec![ours("kms:CancelKeyDeletion"), ours("kms:EnableKey")],
                "alias" => ["kms:CreateAlias", "kms:UpdateAlias"]
                    .iter()
                    .flat_map(|action| [ours(action), Ask::of(action, &alias)])
                    .collect(),
                "rotation" => vec![ours("kms:EnableKeyRotation")],
                "policy" => vec![ours("kms:PutKeyPolicy")],
                "tags" => vec![Ask::of("kms:TagResource", &key)],
                other => panic!("the call `{other}` of a key has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

fn analyzer(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:access-analyzer:{region}:{account}:analyzer/{name}");
    let service = "access-analyzer.amazonaws.com";
    let role = format!(
        "arn:aws:iam::{account}:role/aws-service-role/{service}/AWSServiceRoleForAccessAnalyzer"
    );
    let create = || {
        vec![
            Ask::of("access-analyzer:CreateAnalyzer", &arn),
            Ask::of("iam:CreateServiceLinkedRole", &role).with("iam:AWSServiceName", service),
        ]
    };
    let delete = || all(&["access-analyzer:DeleteAnalyzer"], &arn);
    match &change.effect {
        declared::Effect::Create { .. } => create(),
        declared::Effect::Delete { .. } => delete(),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "days" => [delete(), create()].concat(),
                "exclusions" => all(&["access-analyzer:UpdateAnalyzer"], &arn),
                "tags" => all(&["access-analyzer:TagResource"], &arn),
                other => panic!("the field `{other}` of an analyzer has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

fn budget(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:budgets::{account}:budget/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["budgets:ModifyBudget", "budgets:TagResource"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["budgets:ModifyBudget"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "budget" | "notifications" => "budgets:ModifyBudget",
                "tags" => "budgets:TagResource",
                other => panic!("the call `{other}` of a budget has no row here"),
            };
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.collect()
        }
    }
}

fn key_pair(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let arn = format!(
        "arn:aws:ec2:{region}:{account}:key-pair/{}",
        change.key.name
    );
    match &change.effect {
        declared::Effect::Create { .. } => all(&["ec2:ImportKeyPair", "ec2:CreateTags"], &arn),
        declared::Effect::Delete { .. } => all(&["ec2:DeleteKeyPair"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "fingerprint" => &["ec2:DeleteKeyPair", "ec2:ImportKeyPair", "ec2:CreateTags"][..],
                "tags" => &["ec2:CreateTags", "ec2:DeleteTags"],
                other => panic!("the field `{other}` of a key pair has no row here"),
            };
            let asks = fields.iter().flat_map(|field| all(of(field), &arn));
            asks.collect()
        }
    }
}

fn secret(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf");
    let create = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"];
    let used = |actions: &[&str]| {
        let key = format!("arn:aws:kms:{region}:{account}:key/1");
        let by = format!("secretsmanager.{region}.amazonaws.com");
        let asks = all(actions, &key).into_iter();
        asks.map(|ask| ask.with("kms:ViaService", &by))
            .collect::<Vec<_>>()
    };
    match &change.effect {
        declared::Effect::Create { .. } => {
            let mut asks = all(&create, &arn);
            asks.extend(used(&["kms:Decrypt", "kms:GenerateDataKey"]));
            asks
        }
        declared::Effect::Delete { .. } => all(&["secretsmanager:DeleteSecret"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "value" => all(
                    &[
                        "secretsmanager:PutSecretValue",
                        "secretsmanager:UpdateSecretVersionStage",
                    ],
                    &arn,
                ),
                "deletion" => all(&["secretsmanager:RestoreSecret"], &arn),
                "key" => {
                    let mut asks = all(&["secretsmanager:UpdateSecret"], &arn);
                    asks.extend(used(&["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]));
                    asks
                }
                "policy" => all(&["secretsmanager:DeleteResourcePolicy"], &arn),
                "tags" => all(
                    &["secretsmanager:TagResource", "secretsmanager:UntagResource"],
                    &arn,
                ),
                other => panic!("the field `{other}` of a secret has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

fn resource_group(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:resource-groups:{region}:{account}:group/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => vec![
            Ask::of("resource-groups:CreateGroup", "*"),
            Ask::of("resource-groups:Tag", &arn),
        ],
        declared::Effect::Delete { .. } => all(&["resource-groups:DeleteGroup"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "query" => "resource-groups:UpdateGroupQuery",
                "tags" => "resource-groups:Tag",
                other => panic!("the call `{other}` of a resource group has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}

fn bucket(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = format!("arn:aws:s3:::{}", change.key.name);
    match &change.effect {
        declared::Effect::Create { .. } => all(&["s3:CreateBucket"], &arn),
        declared::Effect::Delete { .. } => panic!("a bucket goes with its account"),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "tags" => "s3:PutBucketTagging",
                "versioning" => "s3:PutBucketVersioning",
                "encryption" => "s3:PutEncryptionConfiguration",
                "public-access-block" | "publicAccessBlock" => "s3:PutBucketPublicAccessBlock",
                "object-ownership" | "objectOwnership" => "s3:PutBucketOwnershipControls",
                "policy" => "s3:PutBucketPolicy",
                "lifecycle" => "s3:PutLifecycleConfiguration",
                other => panic!("the call `{other}` of a bucket has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}

fn trail(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let home = text(change, "home");
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["cloudtrail:CreateTrail", "cloudtrail:AddTags"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["cloudtrail:DeleteTrail"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "properties" => "cloudtrail:UpdateTrail",
                "events" => "cloudtrail:PutEventSelectors",
                "logging" => "cloudtrail:StartLogging",
                "tags" => "cloudtrail:AddTags",
                other => panic!("the call `{other}` of a trail has no row here"),
            };
            let passed = wanted_text(change, "copiesBy").map(|role| {
                Ask::of("iam:PassRole", role)
                    .with("iam:PassedToService", "cloudtrail.amazonaws.com")
            });
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.chain(passed).collect()
        }
    }
}

fn alias(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    // An account has one alias: a new one takes the place of the one it had.
    match &change.effect {
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["iam:CreateAccountAlias"], "*")
        }
        declared::Effect::Delete { .. } => all(&["iam:DeleteAccountAlias"], "*"),
    }
}

fn default_vpc(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match &change.effect {
        declared::Effect::Delete { .. } => all(
            &[
                "ec2:CreateTags",
                "ec2:DetachInternetGateway",
                "ec2:DeleteInternetGateway",
                "ec2:DeleteSubnet",
                "ec2:DeleteVpc",
            ],
            "*",
        ),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            panic!("a default VPC is only removed")
        }
    }
}
