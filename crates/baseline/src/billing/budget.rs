//! A budget of AWS Budgets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Severity, Usd, cost::MicroUsd, names};

use crate::{
    declared::{Compare, Field, Key, Kind, Resource},
    desired::Desired,
    watched::{Properties, reported, restored},
};

/// A monthly budget for costs. The name of its key is its name in AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Budget {
    /// What may be spent in a period, with its currency.
    pub limit: String,
    /// Of what, and how often: `COST MONTHLY`; with its start, where that is yet to come, and with its end, where it has one.
    pub period: String,
    /// What it leaves out, or counts in another way.
    pub counts: Option<String>,
    /// What changes the limit by itself.
    pub adjusts: Option<String>,
    /// Who is told, by notification: e-mail addresses, and ARNs of topics.
    pub notifications: BTreeMap<String, Vec<String>>,
    /// Why AWS does not evaluate it, in its word: then nobody is told of anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// What was spent since the period began, where AWS says it in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<MicroUsd>,
    /// Its ARN. It has no id that would tell it from a later one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("limit", "limit", "Set the limit of").call("budget"),
    Field::new("period", "period", "Set the period of").call("budget"),
    Field::new("counts", "costs counted", "Count all costs in")
        .absent("all costs")
        .call("budget"),
    Field::new("adjusts", "automatic adjustment", "Stop the adjustment of").call("budget"),
    Field::new("notifications", "notification", "Tell as the spec says:")
        .compare(Compare::Entries)
        .absent("nobody"),
    // Its cause is in how the account's costs are shown to it, which we do not set.
    Field::new(
        "health",
        "evaluation by AWS",
        "Nobody is told of costs meanwhile. Correct what AWS says about",
    )
    .absent("no problem")
    .person(),
    Field::TAGS,
];

/// What is watched of a budget.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Budget",
        kind: "budget",
        shape: "budgets Budget",
        watched: &[
            restored("budget_limit", "limit"),
            restored("budget_type", "period"),
            restored("time_unit", "period"),
            restored("time_period", "period"),
            restored("cost_filters", "counts"),
            restored("filter_expression", "counts"),
            restored("cost_types", "counts"),
            restored("metrics", "counts"),
            restored("auto_adjust_data", "adjusts"),
            restored("planned_budget_limits", "adjusts"),
            reported("health_status", "health"),
        ],
        identity: &["budget_name", "billing_view_arn"],
        unwatched: &[
            "calculated_spend: it is what was spent, by which a tenant that is expected to be idle is evaluated (`TNT.BILLING.1`)",
            "last_updated_time: it is history",
        ],
    },
    Properties {
        resource: "Tags of the budget",
        kind: "budget",
        shape: "budgets ListTagsForResourceOutput",
        watched: &[restored("resource_tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Action of the budget",
        kind: "budget",
        shape: "budgets Action",
        watched: &[],
        identity: &["action_id", "budget_name"],
        unwatched: &[
            "notification_type, action_type, action_threshold, definition, execution_role_arn, approval_model, status, subscribers: a read more; the guardrail closes actions of our budget to the tenant, and they go with it",
        ],
    },
    Properties {
        resource: "Notification of the budget",
        kind: "budget",
        shape: "budgets Notification",
        watched: &[],
        identity: &[
            "notification_type",
            "comparison_operator",
            "threshold",
            "threshold_type",
        ],
        unwatched: &[
            "notification_state: it is what was spent; notifications of others tell others too, and keep nobody from being told",
        ],
    },
    Properties {
        resource: "Subscriber of a budget's notification",
        kind: "budget",
        shape: "budgets Subscriber",
        watched: &[
            restored("subscription_type", "notifications"),
            restored("address", "notifications"),
        ],
        identity: &[],
        unwatched: &[],
    },
];

/// When somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notification {
    /// Its name in findings.
    pub name: &'static str,
    /// Whether it is about a forecast; otherwise about what was spent.
    pub forecast: bool,
    /// At how many percent of the limit.
    pub percent: u8,
}

/// Our notifications.
pub const NOTIFICATIONS: &[Notification] = &[
    Notification {
        name: "actual-80",
        forecast: false,
        percent: 80,
    },
    Notification {
        name: "actual-100",
        forecast: false,
        percent: 100,
    },
    Notification {
        name: "forecasted-100",
        forecast: true,
        percent: 100,
    },
];

impl Budget {
    /// What a budget of ours is about, and how often it begins anew.
    pub const PERIOD: &'static str = "COST MONTHLY";

    /// The key of the one budget we make.
    pub fn key() -> Key {
        Key::in_account(Self::KIND.name, names::BUDGET.to_owned())
    }

    /// An amount with its currency, as findings show it.
    pub fn limit(amount: Usd) -> String {
        format!("{amount} USD")
    }

    /// So much a month for everything, of which these are told.
    pub fn wanted(monthly: Usd, told: &[String], tags: BTreeMap<String, String>) -> Self {
        let notifications = NOTIFICATIONS.iter();
        let notifications = notifications.map(|one| (one.name.to_owned(), told.to_vec()));
        Self {
            limit: Self::limit(monthly),
            period: Self::PERIOD.to_owned(),
            notifications: notifications.collect(),
            tags,
            ..Self::default()
        }
    }
}

impl Resource for Budget {
    const KIND: Kind = Kind::of::<Self>("budget", "budget", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::budget;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}
