//! Keys of KMS and EC2, and secrets.

use tenancy::names;

use crate::{
    asks::{Ask, account, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(in crate::resources) fn kms_key(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
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

pub(in crate::resources) fn key_pair(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
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

pub(in crate::resources) fn secret(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
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
                "replicas" => all(&["secretsmanager:RemoveRegionsFromReplication"], &arn),
                other => panic!("the field `{other}` of a secret has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}
