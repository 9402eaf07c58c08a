//! Making what all tenants share: one function at a time, and never without reading it anew.

use aws_sdk_organizations::types::{PolicyType, Tag};
use baseline::{
    Desired,
    placement::{Organization, PlacementChange, PlacementFact, Policy},
};
use serde_json::Value;
use tenancy::{ComponentName, Failure, names};

use super::{SharedOrganization, Snapshot, snapshot, tags};
use crate::errors;

impl SharedOrganization {
    /// Makes, changes or attaches something all tenants share, unless somebody has done so meanwhile.
    pub(crate) async fn make(
        &self,
        desired: &Desired,
        change: &PlacementChange,
    ) -> Result<PlacementFact, Failure> {
        let mut lock = self.cache.lock.lock().await;
        let mut held = self.locked(desired, lock.take()).await?;
        if is_taken(&held.organization, change) {
            self.remember(&held.organization).await?;
            *lock = Some(held);
            let (doing, other) = ("making what tenants share", "another name to be chosen");
            return Err(Failure::wait(doing, other, 1));
        }
        let made = match already_made(&held.organization, change) {
            Some(fact) => Ok(fact),
            None => self.apply(desired, &held.organization, change).await,
        };
        // After a failure the next change reads anew: what was requested may be there after all.
        if let Ok(fact) = &made {
            held.organization.learn(fact.clone());
            self.remember(&held.organization).await?;
            *lock = Some(held);
        }
        made
    }

    async fn remember(&self, organization: &Organization) -> Result<(), Failure> {
        let snapshot = Snapshot::new(self.pass.now(), organization.clone());
        snapshot::replace(&self.pass.ledger, &snapshot).await?;
        // What was read before this is older than what is shared now.
        *self.unshared.lock().await = false;
        *self.read.lock().await = Some(snapshot);
        Ok(())
    }

    async fn apply(
        &self,
        desired: &Desired,
        organization: &Organization,
        change: &PlacementChange,
    ) -> Result<PlacementFact, Failure> {
        match change {
            PlacementChange::MakeUnit { name, called } => {
                let unit = (name.as_str(), called.as_str());
                self.make_unit(desired, &organization.root, unit).await
            }
            PlacementChange::MakePolicy {
                name,
                called,
                content,
            } => {
                let policy = (name.as_str(), called.as_str());
                self.make_policy(desired, policy, content).await
            }
            PlacementChange::Mark { name, id, .. } => self.mark(desired, name, id).await,
            PlacementChange::UpdatePolicy {
                name, id, content, ..
            } => self.update_policy(desired, name, id, content).await,
            PlacementChange::AttachPolicy {
                name, id, target, ..
            } => self.attach_policy(desired, name, id, target).await,
            PlacementChange::Move { .. } => Err(Failure::bug(
                "making what tenants share",
                "a move is no such thing",
            )),
        }
    }

    async fn make_unit(
        &self,
        desired: &Desired,
        root: &str,
        (name, called): (&str, &str),
    ) -> Result<PlacementFact, Failure> {
        let doing = format!("making organizational unit `{called}`");
        let answer = self
            .pass
            .sessions
            .organizations(desired)
            .await?
            .create_organizational_unit()
            .parent_id(root)
            .name(called)
            .set_tags(Some(our_tags(desired, name)?))
            .send()
            .await;
        // A duplicate was made by somebody else a moment ago: the next pass sees it.
        let made = answer.map_err(|error| match errors::is_already_there(&error) {
            true => Failure::wait(
                doing.as_str(),
                "the unit somebody else made to be visible",
                5,
            ),
            false => errors::organizations_failure(doing.as_str(), &error),
        })?;
        let id = made.organizational_unit.and_then(|unit| unit.id);
        let id = id.ok_or_else(|| errors::unreadable(doing, "no unit in the answer"))?;
        Ok(PlacementFact::Unit {
            name: name.to_owned(),
            id,
        })
    }

    async fn make_policy(
        &self,
        desired: &Desired,
        (name, called): (&str, &str),
        content: &Value,
    ) -> Result<PlacementFact, Failure> {
        let doing = format!("making service control policy `{called}`");
        let answer = self
            .pass
            .sessions
            .organizations(desired)
            .await?
            .create_policy()
            .name(called)
            .description("Made and kept by tenantry.")
            .r#type(PolicyType::ServiceControlPolicy)
            .content(content.to_string())
            .set_tags(Some(our_tags(desired, name)?))
            .send()
            .await;
        let made = answer.map_err(|error| match errors::is_already_there(&error) {
            true => Failure::wait(
                doing.as_str(),
                "the policy somebody else made to be visible",
                5,
            ),
            false => errors::organizations_failure(doing.as_str(), &error),
        })?;
        let summary = made.policy.and_then(|policy| policy.policy_summary);
        let id = summary
            .and_then(|summary| summary.id)
            .ok_or_else(|| errors::unreadable(doing, "no policy in the answer"))?;
        Ok(policy_fact(name, &id, content))
    }

    async fn mark(
        &self,
        desired: &Desired,
        name: &str,
        id: &str,
    ) -> Result<PlacementFact, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.tag_resource().resource_id(id);
        let sent = call.set_tags(Some(our_tags(desired, name)?)).send().await;
        sent.map_err(|error| errors::organizations_failure(format!("tagging `{id}`"), &error))?;
        Ok(PlacementFact::Marked {
            name: name.to_owned(),
        })
    }

    async fn update_policy(
        &self,
        desired: &Desired,
        name: &str,
        id: &str,
        content: &Value,
    ) -> Result<PlacementFact, Failure> {
        self.pass
            .sessions
            .organizations(desired)
            .await?
            .update_policy()
            .policy_id(id)
            .content(content.to_string())
            .send()
            .await
            .map_err(|error| {
                errors::organizations_failure(format!("updating policy `{name}`"), &error)
            })?;
        Ok(policy_fact(name, id, content))
    }

    async fn attach_policy(
        &self,
        desired: &Desired,
        name: &str,
        id: &str,
        target: &str,
    ) -> Result<PlacementFact, Failure> {
        let answer = self
            .pass
            .sessions
            .organizations(desired)
            .await?
            .attach_policy()
            .policy_id(id)
            .target_id(target)
            .send()
            .await;
        match answer {
            Err(error) if !errors::is_already_there(&error) => {
                let doing = format!("attaching policy `{name}` to `{target}`");
                Err(errors::organizations_failure(doing, &error))
            }
            _ => Ok(PlacementFact::Attached {
                name: name.to_owned(),
                target: target.to_owned(),
            }),
        }
    }
}

/// What a change would teach if it has been made already.
fn already_made(organization: &Organization, change: &PlacementChange) -> Option<PlacementFact> {
    match change {
        PlacementChange::MakeUnit { name, .. } => Some(PlacementFact::Unit {
            name: name.clone(),
            id: organization.units.get(name)?.clone(),
        }),
        PlacementChange::MakePolicy { name, .. } => Some(PlacementFact::Policy {
            name: name.clone(),
            policy: organization.policies.get(name)?.clone(),
        }),
        PlacementChange::UpdatePolicy { name, content, .. } => {
            let policy = organization.policies.get(name)?;
            baseline::policy::same(&policy.content, content).then(|| PlacementFact::Policy {
                name: name.clone(),
                policy: policy.clone(),
            })
        }
        PlacementChange::AttachPolicy { name, target, .. } => {
            let policy = organization.policies.get(name)?;
            policy
                .targets
                .contains(target)
                .then(|| PlacementFact::Attached {
                    name: name.clone(),
                    target: target.clone(),
                })
        }
        PlacementChange::Mark { name, .. } => {
            let marked = !organization.unmarked.contains(name)
                && !organization.relabelled.contains_key(name);
            marked.then(|| PlacementFact::Marked { name: name.clone() })
        }
        PlacementChange::Move { .. } => None,
    }
}

/// Whether others have the name by now that something of ours was to get.
fn is_taken(organization: &Organization, change: &PlacementChange) -> bool {
    match change {
        PlacementChange::MakeUnit { name, called }
        | PlacementChange::MakePolicy { name, called, .. } => {
            let is_there =
                organization.units.contains_key(name) || organization.policies.contains_key(name);
            !is_there && organization.taken.contains(called)
        }
        PlacementChange::UpdatePolicy { .. }
        | PlacementChange::Mark { .. }
        | PlacementChange::AttachPolicy { .. }
        | PlacementChange::Move { .. } => false,
    }
}

fn policy_fact(name: &str, id: &str, content: &Value) -> PlacementFact {
    PlacementFact::Policy {
        name: name.to_owned(),
        policy: Policy {
            id: id.to_owned(),
            content: content.clone(),
            targets: std::collections::BTreeSet::new(),
        },
    }
}

/// What belongs to no tenant says which installation made it, and what for: by this it is known again.
fn our_tags(desired: &Desired, name: &str) -> Result<Vec<Tag>, Failure> {
    let installation = desired.deployment.installation.as_str();
    let pairs = [
        (names::TAG_COMPONENT, ComponentName::PLACEMENT.as_str()),
        (names::TAG_INSTALLATION, installation),
        (names::TAG_PART, name),
    ];
    tags(&pairs.map(|(key, value)| (key.into(), value.into())).into())
}
