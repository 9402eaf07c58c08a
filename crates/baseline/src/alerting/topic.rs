//! The topic that alarms publish to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, Region, Severity, names};

use super::Alerting;
use crate::{
    declared::{Compare, Declared, Field, Key, Kind, Resource, Resources, Wanted},
    desired::Desired,
    keys::Keys,
};

/// A topic of SNS. Its name is the key's, unique in its Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Topic {
    /// Who may publish and subscribe.
    pub policy: Option<Value>,
    /// The ARN of the key that it is encrypted with, or [`Topic::NO_KEY`]; left alone where that is not known yet.
    pub key: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN: SNS gives no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("policy", "policy", "Write the policy of").severity(Severity::High),
    Field::new("key", "KMS key", "Set the KMS key of")
        .compare(Compare::IfWanted)
        .severity(Severity::High),
    Field::TAGS,
];

impl Topic {
    /// It is not encrypted with a key of KMS.
    pub const NO_KEY: &str = "none";

    /// The key of the one we make in a Region.
    pub fn key(region: &Region) -> Key {
        Key::in_region(
            Self::KIND.name,
            region.clone(),
            names::ALERTS_TOPIC.to_owned(),
        )
    }
}

impl Resource for Topic {
    const KIND: Kind = Kind::of::<Self>("topic", "topic", FIELDS);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::topic;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}

pub(super) fn wanted(desired: &Desired, account: &AccountId, region: &Region) -> Resources {
    let arn = names::alerts_topic_arn(account, region);
    let topic = Topic {
        policy: Some(policy(account, region, &arn)),
        key: key(desired, region),
        tags: desired.tags(<Alerting as Declared>::NAME),
        id: None,
    };
    let called = format!("{region}.topic");
    Resources::from([(Topic::key(region), Wanted::of(&topic).called(called))])
}

/// The tenant's key of the Region, where there is one.
fn key(desired: &Desired, region: &Region) -> Option<String> {
    if !desired.spec.keys || !desired.spec.regions.contains(region) {
        return Some(Topic::NO_KEY.to_owned());
    }
    let arn = desired
        .outputs
        .get(ComponentName::KEYS, Keys::ARN, Some(region));
    arn.map(str::to_owned)
}

/// Who may publish: alarms of ours in this account. A rule or a budget of anybody in the account could say whatever it liked, as its service. Who
/// may subscribe, IAM decides within the account. Source: CloudWatch User Guide, "Notifying users on alarm changes".
fn policy(account: &AccountId, region: &Region, topic: &str) -> Value {
    let prefix = names::ALARM_PREFIX;
    let alarms = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{prefix}*");
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": alarms }
            }
        }]
    })
}
