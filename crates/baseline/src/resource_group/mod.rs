//! A resource group in each Region of the tenant: everything that carries its tag, in one list of the AWS console.
//!
//! Its name holds the slug, by which people know the tenant. A slug is fixed when the tenant is requested, so the name never changes;
//! the tenant's name for people does, and is not in it. The query goes by the tenant's id.
//!
//! # Guarantees
//! One group in each Region of the spec, whose query is the tenant's tag and nothing else. The group of a Region that the spec no
//! longer has is deleted.
//! # Caveats
//! A group lists what it supports and what is tagged: not what the tenant makes without the tag, and nothing of other Regions. What a
//! group lists is not read.
//! # Cost
//! Nothing; two reads in each Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::{ComponentName, EffectiveSpec, Region, Severity, TenantId, names};

use crate::{
    component::Wait,
    declared::{Declared, Field, Key, Kind, Observation, Resource, Resources, Wanted, resources},
    desired::Desired,
    policy::{Grant, Grants, Scope},
    watched::{Properties, restored},
};

#[cfg(test)]
mod tests;

/// The tenant's resource groups.
pub struct ResourceGroups;

/// A group of everything that has a tag. The name of its key is its name in AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceGroup {
    /// What is in it: kinds of resources, and tags.
    pub query: Value,
    /// How the query is read; `TAG_FILTERS_1_0` is by tags.
    pub query_type: String,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN. It has no id that would tell it from a later one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("query", "query", "Restore the query of").call("query"),
    Field::new("queryType", "kind of query", "Restore the query of").call("query"),
    Field::TAGS,
];

/// What is watched of a group.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Resource group",
        kind: "resource-group",
        shape: "resourcegroups ResourceQuery",
        watched: &[restored("type", "queryType"), restored("query", "query")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Configuration of the resource group",
        kind: "resource-group",
        shape: "resourcegroups GroupConfiguration",
        watched: &[],
        identity: &[],
        unwatched: &[
            "configuration, proposed_configuration, status, failure_reason: a read of each group more; it gives the group to a service of AWS and leaves the query as it is, and the guardrail closes it to the tenant",
        ],
    },
    Properties {
        resource: "Tags of the resource group",
        kind: "resource-group",
        shape: "resourcegroups GetTagsOutput",
        watched: &[restored("tags", "tags")],
        identity: &["arn"],
        unwatched: &[],
    },
];

impl ResourceGroup {
    /// The key of the group in a Region.
    pub fn key(desired: &Desired, region: &Region) -> Key {
        let name = names::resource_group(&desired.slug);
        Key::in_region(Self::KIND.name, region.clone(), name)
    }

    /// The group of everything that has the tenant's tag. Source: Resource Groups API reference, `ResourceQuery`.
    fn wanted(tenant: &TenantId, tags: BTreeMap<String, String>) -> Self {
        Self {
            query: json!({
                "ResourceTypeFilters": ["AWS::AllSupported"],
                "TagFilters": [{ "Key": names::TAG_TENANT, "Values": [tenant.as_str()] }],
            }),
            query_type: "TAG_FILTERS_1_0".to_owned(),
            tags,
            id: None,
        }
    }
}

impl Resource for ResourceGroup {
    const KIND: Kind =
        Kind::of::<Self>("resource-group", "resource group", FIELDS).missing(Severity::Low);

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}

impl Declared for ResourceGroups {
    const NAME: ComponentName = ComponentName::new("resource-group");
    const RECORDED: bool = true;

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.resource_group
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let groups = desired.spec.regions.iter().map(|region| {
            let group = ResourceGroup::wanted(&desired.tenant, desired.tags(Self::NAME));
            let wanted = Wanted::of(&group).called(format!("{region}.resource-group"));
            (ResourceGroup::key(desired, region), wanted)
        });
        Ok(groups.collect())
    }

    fn grants(scope: &Scope) -> Grants {
        let (account, prefix) = (&scope.account, names::RESOURCE_GROUP);
        let groups = || {
            vec![format!(
                "arn:aws:resource-groups:*:{account}:group/{prefix}*"
            )]
        };
        Grants {
            reads: vec![Grant::on("ReadResourceGroups", READS, groups())],
            writes: vec![
                Grant::on_all("MakeResourceGroups", &["resource-groups:CreateGroup"]),
                Grant::on("KeepResourceGroups", WRITES, groups()),
            ],
            removals: vec![Grant::on("RemoveResourceGroups", REMOVALS, groups())],
        }
    }

    /// With the address of each group in the AWS console.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut all = resources(<Self as Declared>::NAME, desired, seen);
        let shown = desired.spec.regions.iter().filter_map(|region| {
            let key = ResourceGroup::key(desired, region);
            let name = all.get(&key.to_string())?;
            let host = format!("https://{region}.console.aws.amazon.com/resource-groups/group");
            Some((
                format!("{region}.console"),
                format!("{host}/{name}?region={region}"),
            ))
        });
        let shown: Vec<_> = shown.collect();
        all.extend(shown);
        all
    }
}

const READS: &[&str] = &["resource-groups:GetGroupQuery", "resource-groups:GetTags"];

/// The group of a Region that the spec no longer has is removed by the provisioner.
const WRITES: &[&str] = &[
    "resource-groups:DeleteGroup",
    "resource-groups:Tag",
    "resource-groups:UpdateGroupQuery",
    "resource-groups:Untag",
];

const REMOVALS: &[&str] = &["resource-groups:DeleteGroup"];
