//! What a role of ours may do, as each component declares it beside itself.

use serde_json::{Value, json};
use tenancy::{AccountId, TenantId, names};

/// What grants may depend on: whose account it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tenant.
    pub tenant: TenantId,
    /// Its account.
    pub account: AccountId,
    /// What some blueprints have beyond the components.
    pub extras: Extras,
}

/// Parts of components that only some blueprints have: the rights for them are given only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extras {
    /// The trail is copied to a log group, or was.
    pub trail_copy: bool,
    /// Switches of `guard` that the blueprint may leave alone.
    pub switches: bool,
    /// Somebody is told of unusual costs, or was.
    pub anomalies: bool,
}

impl Extras {
    /// All of them.
    pub const ALL: Self = Self {
        trail_copy: true,
        switches: true,
        anomalies: true,
    };
    /// None of them.
    pub const NONE: Self = Self {
        trail_copy: false,
        switches: false,
        anomalies: false,
    };
}

/// What the three roles of ours need for one component. All of them read; the provisioner writes, the remover removes.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// For all three roles.
    pub reads: Vec<Grant>,
    /// For the provisioner.
    pub writes: Vec<Grant>,
    /// For the remover.
    pub removals: Vec<Grant>,
}

/// One statement of a policy: actions, and the resources and conditions that limit them.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Statement id, letters and digits, unique over all components.
    pub sid: &'static str,
    /// Actions, never by wildcard.
    pub actions: Vec<&'static str>,
    /// Resources.
    pub resources: Vec<String>,
    /// Conditions, or null.
    pub condition: Value,
}

impl Grant {
    /// Actions on these resources, without conditions.
    pub fn on(sid: &'static str, actions: &[&'static str], resources: Vec<String>) -> Self {
        Self {
            sid,
            actions: actions.to_vec(),
            resources,
            condition: Value::Null,
        }
    }

    /// Actions that know no resource, or that list all of a kind.
    pub fn on_all(sid: &'static str, actions: &[&'static str]) -> Self {
        Self::on(sid, actions, vec!["*".into()])
    }

    /// Handing `role` to an AWS service.
    pub fn pass(sid: &'static str, role: String, service: &str) -> Self {
        Self::on(sid, &["iam:PassRole"], vec![role])
            .when(json!({ "StringEquals": { "iam:PassedToService": service } }))
    }

    /// The same under a condition.
    #[must_use]
    pub fn when(self, condition: Value) -> Self {
        Self { condition, ..self }
    }
}

impl Scope {
    /// The condition that a resource carries this tenant's tag.
    pub fn ours(&self) -> Value {
        let tag = format!("aws:ResourceTag/{}", names::TAG_TENANT);
        json!({ "StringEquals": { tag: self.tenant.as_str() } })
    }

    /// The condition that what is made gets this tenant's tag.
    pub fn made_ours(&self) -> Value {
        let tag = format!("aws:RequestTag/{}", names::TAG_TENANT);
        json!({ "StringEquals": { tag: self.tenant.as_str() } })
    }

    /// Roles of ours, of this name.
    pub fn management_role(&self, name: &str) -> String {
        names::management_role_arn(&self.account, name)
    }

    /// Policies of our own roles, of this name.
    pub fn management_policy(&self, name: &str) -> String {
        names::policy_arn(&self.account, name)
    }

    /// The tenant's roles made by us.
    pub fn tenant_roles(&self) -> Vec<String> {
        [
            names::ADMINISTRATOR,
            names::DEVELOPER,
            names::READ_ONLY,
            names::INSTANCE,
            names::SUPPORT,
        ]
        .into_iter()
        .map(|name| names::tenant_role_arn(&self.account, name))
        .collect()
    }

    /// Our log groups, in every Region.
    pub fn log_groups(&self) -> Vec<String> {
        self.log_groups_named("/tenantry/*")
    }

    /// The log groups of the flow logs, in every Region, and no other.
    pub fn flow_log_groups(&self) -> Vec<String> {
        self.log_groups_named(names::flow_log_group())
    }

    /// The log group of the trail, in every Region, and no other.
    pub fn trail_log_groups(&self) -> Vec<String> {
        self.log_groups_named(names::trail_log_group())
    }

    fn log_groups_named(&self, name: &str) -> Vec<String> {
        let group = format!("arn:aws:logs:*:{}:log-group:{name}", self.account);
        vec![format!("{group}:*"), group]
    }
}
