//! Making what all tenants share: one function at a time, and never without reading it anew.

use aws_sdk_organizations::types::{PolicyType, Tag};
use baseline::{
    Desired,
    placement::{Fact, Organization, PlacementChange, Policy},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{ComponentName, Failure, names};

use super::{SharedOrganization, Snapshot, read, snapshot, tags};
use crate::{errors, ledger::LedgerError, ledger_failure::ledger_failure};

/// The shared document that is the lock.
const LOCK: &str = "organization-lock";
/// How long a function may make things before another takes over. All of it takes some seconds, once in an installation.
const HELD_SECS: i64 = 60;
/// A lock with less time left is not relied on any more.
const MARGIN_SECS: i64 = 30;

/// The lock as this process holds it, and what was read under it.
pub(super) struct HeldLock {
    until: i64,
    organization: Organization,
}

/// The lock as it is written down.
#[derive(Serialize, Deserialize)]
struct Lock {
    holder: String,
    until: i64,
}

impl SharedOrganization {
    /// Makes, changes or attaches something all tenants share, unless somebody has done so meanwhile.
    pub(crate) async fn make(
        &self,
        desired: &Desired,
        change: &PlacementChange,
    ) -> Result<Fact, Failure> {
        let mut lock = self.cache.lock.lock().await;
        let kept = lock
            .take()
            .filter(|held| held.until - MARGIN_SECS > self.pass.now().as_second());
        let mut held = match kept {
            Some(held) => held,
            None => self.take_lock(desired).await?,
        };
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

    async fn take_lock(&self, desired: &Desired) -> Result<HeldLock, Failure> {
        let doing = "taking the lock on the organization";
        let now = self.pass.now().as_second();
        let shared = self
            .pass
            .ledger
            .shared(LOCK)
            .await
            .map_err(|error| ledger_failure(doing, error))?;
        let earlier = shared
            .as_ref()
            .and_then(|shared| serde_json::from_value::<Lock>(shared.content.clone()).ok());
        if earlier.is_some_and(|lock| lock.until > now && lock.holder != self.pass.lease.holder) {
            return Err(self.busy(doing).await);
        }
        let until = now + HELD_SECS;
        let lock = Lock {
            holder: self.pass.lease.holder.clone(),
            until,
        };
        let content =
            serde_json::to_value(lock).map_err(|error| Failure::bug(doing, error.to_string()))?;
        let version = shared.map(|shared| shared.version);
        match self.pass.ledger.put_shared(LOCK, &content, version).await {
            Ok(_) => {}
            Err(LedgerError::VersionMismatch { .. }) => return Err(self.busy(doing).await),
            Err(error) => return Err(ledger_failure(doing, error)),
        }
        let client = self.pass.sessions.organizations(desired).await?;
        let known = snapshot::load(&self.pass.ledger, None).await?;
        let ours = snapshot::ours(known.as_ref().map(|shared| &shared.snapshot));
        let organization = read::organization(client, &desired.deployment, &ours).await?;
        Ok(HeldLock {
            until,
            organization,
        })
    }

    /// Whoever has the lock notes in the ledger what it makes. What this process remembers is older: with it, every pass would
    /// wait for the lock again until that expires.
    async fn busy(&self, doing: &str) -> Failure {
        *self.read.lock().await = None;
        *self.cache.shared.lock().await = None;
        Failure::wait(
            doing,
            "another function to finish with units and policies",
            5,
        )
    }

    async fn apply(
        &self,
        desired: &Desired,
        organization: &Organization,
        change: &PlacementChange,
    ) -> Result<Fact, Failure> {
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
            PlacementChange::Mark { name, id } => self.mark(desired, name, id).await,
            PlacementChange::UpdatePolicy { name, id, content } => {
                self.update_policy(desired, name, id, content).await
            }
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
    ) -> Result<Fact, Failure> {
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
        Ok(Fact::Unit {
            name: name.to_owned(),
            id,
        })
    }

    async fn make_policy(
        &self,
        desired: &Desired,
        (name, called): (&str, &str),
        content: &Value,
    ) -> Result<Fact, Failure> {
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

    async fn mark(&self, desired: &Desired, name: &str, id: &str) -> Result<Fact, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.tag_resource().resource_id(id);
        let sent = call.set_tags(Some(our_tags(desired, name)?)).send().await;
        sent.map_err(|error| errors::organizations_failure(format!("tagging `{id}`"), &error))?;
        Ok(Fact::Marked {
            name: name.to_owned(),
        })
    }

    async fn update_policy(
        &self,
        desired: &Desired,
        name: &str,
        id: &str,
        content: &Value,
    ) -> Result<Fact, Failure> {
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
    ) -> Result<Fact, Failure> {
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
            _ => Ok(Fact::Attached {
                name: name.to_owned(),
                target: target.to_owned(),
            }),
        }
    }
}

/// What a change would teach if it has been made already.
fn already_made(organization: &Organization, change: &PlacementChange) -> Option<Fact> {
    match change {
        PlacementChange::MakeUnit { name, .. } => Some(Fact::Unit {
            name: name.clone(),
            id: organization.units.get(name)?.clone(),
        }),
        PlacementChange::MakePolicy { name, .. } => Some(Fact::Policy {
            name: name.clone(),
            policy: organization.policies.get(name)?.clone(),
        }),
        PlacementChange::UpdatePolicy { name, content, .. } => {
            let policy = organization.policies.get(name)?;
            baseline::policy::same(&policy.content, content).then(|| Fact::Policy {
                name: name.clone(),
                policy: policy.clone(),
            })
        }
        PlacementChange::AttachPolicy { name, target, .. } => {
            let policy = organization.policies.get(name)?;
            policy.targets.contains(target).then(|| Fact::Attached {
                name: name.clone(),
                target: target.clone(),
            })
        }
        PlacementChange::Mark { name, .. } => {
            let marked = !organization.unmarked.contains(name);
            marked.then(|| Fact::Marked { name: name.clone() })
        }
        PlacementChange::Move { .. } => None,
    }
}

/// Whether others have the name by now that something of ours was to get.
fn is_taken(organization: &Organization, change: &PlacementChange) -> bool {
    let (PlacementChange::MakeUnit { name, called }
    | PlacementChange::MakePolicy { name, called, .. }) = change
    else {
        return false;
    };
    let is_there =
        organization.units.contains_key(name) || organization.policies.contains_key(name);
    !is_there && organization.taken.contains(called)
}

fn policy_fact(name: &str, id: &str, content: &Value) -> Fact {
    Fact::Policy {
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
