//! A dashboard of CloudWatch that shows what the tenant has, for its own people and for whoever operates it.
//!
//! Its name holds the slug, by which people know the tenant; a slug is never changed. What it shows follows from the spec alone: alarms
//! by their names, NAT gateways by a search of their metrics. So nothing has to be there before it, and a gateway that is replaced
//! changes nothing.
//!
//! # Guarantees
//! One dashboard for the account, whose body is what the spec makes it; anything else that somebody puts on it is taken off. A tenant
//! makes further dashboards as it likes.
//! # Caveats
//! A search shows metrics that had data in the last two weeks (CloudWatch User Guide, "Search expressions"). Who opens the dashboard
//! pays for the query over the copy of the trail, half a cent a GB.
//! # Cost
//! 3.00 dollars a month, beyond the first three dashboards of whoever pays the bill; two reads.

#[cfg(test)]
mod asks;
mod body;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{ComponentName, EffectiveSpec, Severity, names};

use crate::{
    component::Wait,
    declared::{Declared, Field, Key, Kind, Observation, Resource, Resources, Wanted, resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grant, Grants, Scope},
    watched::{Properties, restored},
};

/// The tenant's dashboard.
pub struct Dashboards;

/// A dashboard. The name of its key is its name in AWS, unique in the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Dashboard {
    /// What it shows.
    pub body: Value,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN: CloudWatch gives no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("body", "widgets", "Restore the widgets of").severity(Severity::Low),
    Field::TAGS,
];

/// What is watched of a dashboard.
const WATCHED: &[Properties] = &[
    Properties {
        resource: "Dashboard",
        kind: "dashboard",
        shape: "cloudwatch GetDashboardOutput",
        watched: &[restored("dashboard_body", "body")],
        identity: &["dashboard_arn", "dashboard_name"],
        unwatched: &[],
    },
    Properties {
        resource: "Tags of the dashboard",
        kind: "dashboard",
        shape: "cloudwatch ListTagsForResourceOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
];

impl Dashboard {
    /// The key of the tenant's dashboard.
    pub fn key(desired: &Desired) -> Key {
        let name = format!("{}{}", names::DASHBOARD, desired.slug);
        Key::in_account(Self::KIND.name, name)
    }
}

impl Resource for Dashboard {
    const KIND: Kind = Kind::of::<Self>("dashboard", "dashboard", FIELDS).missing(Severity::Low);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = asks::dashboard;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}

impl Declared for Dashboards {
    const NAME: ComponentName = ComponentName::DASHBOARD;
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.dashboard
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let account = desired.account.as_ref().ok_or_else(|| Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        })?;
        let dashboard = Dashboard {
            body: body::of(desired, account),
            tags: desired.tags(Self::NAME),
            id: None,
        };
        let wanted = Wanted::of(&dashboard).called("dashboard");
        Ok(Resources::from([(Dashboard::key(desired), wanted)]))
    }

    fn grants(scope: &Scope) -> Grants {
        let (account, prefix) = (&scope.account, names::DASHBOARD);
        let dashboards = || vec![format!("arn:aws:cloudwatch::{account}:dashboard/{prefix}*")];
        Grants {
            reads: vec![Grant::on("ReadDashboard", READS, dashboards())],
            writes: vec![Grant::on("KeepDashboard", WRITES, dashboards())],
            removals: vec![Grant::on("RemoveDashboard", REMOVALS, dashboards())],
        }
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }

    /// With its address in the AWS console.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut all = resources(<Self as Declared>::NAME, desired, seen);
        let name = all.get(&Dashboard::key(desired).to_string()).cloned();
        if let Some((name, home)) = name.zip(desired.home_region()) {
            let host = format!("https://{home}.console.aws.amazon.com/cloudwatch/home");
            let address = format!("{host}?region={home}#dashboards/dashboard/{name}");
            all.insert("console".to_owned(), address);
        }
        all
    }
}

const READS: &[&str] = &["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"];

/// What a blueprint no longer asks for is removed by the provisioner.
const WRITES: &[&str] = &[
    "cloudwatch:DeleteDashboards",
    "cloudwatch:PutDashboard",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
];

const REMOVALS: &[&str] = &["cloudwatch:DeleteDashboards"];

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[DriftControl::of(
    101,
    &["dashboard"],
    "dashboard",
    "cloudwatch GetDashboard, ListTagsForResource",
)
.severity(Severity::Low)];
