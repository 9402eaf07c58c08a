//! Observes, and works on, the component `identity`.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired, Port,
    access::{RoleChange, RoleSeen, Roles},
    identity::{Fact, Identity, IdentityChange, PasswordSeen, ProfileSeen, Seen, boundary_arn},
};
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, names};

use crate::{
    access::role::{Applied, apply as apply_to_role},
    calls::{checked, document, present, tag_map},
    identities::{Identities, IdentitySnapshots, boundary, identities, visible},
    installation::never_entered,
    pass::PassContext,
};

mod settings;

const ROLES: [&str; 4] = [
    names::ADMINISTRATOR,
    names::DEVELOPER,
    names::READ_ONLY,
    names::INSTANCE,
];

/// Works on the identities of one tenant's account.
pub struct IdentityPort {
    pass: Arc<PassContext>,
    snapshots: Arc<IdentitySnapshots>,
}

impl IdentityPort {
    pub(crate) fn new(pass: &Arc<PassContext>, snapshots: &Arc<IdentitySnapshots>) -> Self {
        Self {
            pass: Arc::clone(pass),
            snapshots: Arc::clone(snapshots),
        }
    }
}

#[async_trait]
impl Port<Identity> for IdentityPort {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        if never_entered(&self.pass) {
            return Ok(Seen::default());
        }
        let iam = &self.pass.clients.iam(desired).await?;
        let (all, roles, profile, password, alias, boundary) = futures::try_join!(
            self.snapshots.read(desired),
            try_join_all(ROLES.map(|name| role(iam, name))),
            profile(iam),
            password(iam),
            alias(iam),
            boundary_tags(iam, desired),
        )?;
        let roles: Roles = roles
            .into_iter()
            .flatten()
            .map(|(name, role)| with_policies(name, role, &all.roles))
            .collect();
        let boundary = match boundary {
            Some((arn, tags)) => Some(boundary_seen(&all, &arn, tags)?),
            None => None,
        };
        Ok(Seen {
            roles,
            boundary,
            profile,
            password,
            alias,
            ..Seen::default()
        })
    }

    async fn apply(&self, desired: &Desired, change: &IdentityChange) -> Result<Fact, Failure> {
        let iam = &self.pass.clients.iam(desired).await?;
        if let IdentityChange::Role(role) = change {
            return apply_role(iam, change, role).await;
        }
        let arn = match &desired.account {
            Some(account) => boundary_arn(account),
            None => {
                return Err(Failure::bug(
                    "working on identities",
                    "the account is not known",
                ));
            }
        };
        settings::apply(iam, &arn, change).await
    }
}

type Tags = std::collections::BTreeMap<String, String>;

/// A role's policies are in the read of all roles, how long its sessions may last and its boundary only here.
fn with_policies(name: &str, role: RoleSeen, all: &Roles) -> (String, RoleSeen) {
    let (inline, attached) = all
        .get(name)
        .map(|found| (found.inline.clone(), found.attached.clone()))
        .unwrap_or_default();
    let role = RoleSeen {
        inline,
        attached,
        ..role
    };
    (name.to_owned(), role)
}

fn boundary_seen(
    all: &Identities,
    arn: &str,
    tags: Tags,
) -> Result<baseline::identity::BoundarySeen, Failure> {
    let not_yet = || {
        Failure::wait(
            format!("looking at policy `{}`", names::BOUNDARY),
            "the permissions boundary to be visible",
            5,
        )
    };
    all.policies
        .get(arn)
        .map(|policy| boundary(policy, tags))
        .ok_or_else(not_yet)
}

async fn role<'a>(iam: &Client, name: &'a str) -> Result<Option<(&'a str, RoleSeen)>, Failure> {
    let answer = iam.get_role().role_name(name).send().await;
    let answer = present(answer, || format!("looking at role `{name}`"))?;
    Ok(answer.and_then(|answer| answer.role).map(|role| {
        let seen = RoleSeen {
            path: role.path.clone(),
            trust: role
                .assume_role_policy_document()
                .map_or(serde_json::Value::Null, document),
            boundary: role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn.clone()),
            tags: tag_map(role.tags()),
            session_secs: role.max_session_duration,
            ..RoleSeen::default()
        };
        (name, seen)
    }))
}

async fn profile(iam: &Client) -> Result<Option<ProfileSeen>, Failure> {
    let name = names::INSTANCE;
    let call = iam.get_instance_profile().instance_profile_name(name);
    let answer = present(call.send().await, || {
        format!("looking at instance profile `{name}`")
    })?;
    let profile = answer.and_then(|answer| answer.instance_profile);
    Ok(profile.map(|profile| ProfileSeen {
        role: profile.roles().first().map(|role| role.role_name.clone()),
        tags: tag_map(profile.tags()),
        path: profile.path,
    }))
}

async fn password(iam: &Client) -> Result<Option<PasswordSeen>, Failure> {
    let answer = iam.get_account_password_policy().send().await;
    let answer = present(answer, || "looking at the password policy".into())?;
    let policy = answer.and_then(|answer| answer.password_policy);
    Ok(policy.map(|policy| PasswordSeen {
        minimum_length: policy.minimum_password_length.unwrap_or_default(),
        reuse_prevention: policy.password_reuse_prevention.unwrap_or_default(),
        all_kinds: policy.require_symbols
            && policy.require_numbers
            && policy.require_uppercase_characters
            && policy.require_lowercase_characters,
        may_change: policy.allow_users_to_change_password,
        expires_after_days: policy.max_password_age.unwrap_or_default(),
    }))
}

/// The account's alias; it can have one.
pub(crate) async fn alias(iam: &Client) -> Result<Option<String>, Failure> {
    let answer = iam.list_account_aliases().send().await;
    let answer = checked(answer, || "looking at the account's alias".into())?;
    Ok(answer.account_aliases.into_iter().next())
}

/// The boundary's ARN and tags, if it is there: the read of all policies does not tell their tags.
async fn boundary_tags(iam: &Client, desired: &Desired) -> Result<Option<(String, Tags)>, Failure> {
    let Some(account) = &desired.account else {
        return Ok(None);
    };
    let arn = boundary_arn(account);
    let answer = iam.get_policy().policy_arn(&arn).send().await;
    let answer = present(answer, || {
        format!("looking at policy `{}`", names::BOUNDARY)
    })?;
    let policy = answer.and_then(|answer| answer.policy);
    Ok(policy.map(|policy| (arn, tag_map(policy.tags()))))
}

async fn apply_role(
    iam: &Client,
    change: &IdentityChange,
    role: &RoleChange,
) -> Result<Fact, Failure> {
    match apply_to_role(iam, role).await? {
        Applied::Done => Ok(Fact::Done(change.clone())),
        Applied::AlreadyThere => {
            let found = visible(&identities(iam).await?.roles, &role.role)?;
            Ok(Fact::Found(role.role.clone(), found))
        }
        Applied::InUse => in_foreign_profile(iam, &role.role).await,
    }
}

/// A role the tenant has put into an instance profile of its own cannot be deleted; it goes with the account.
async fn in_foreign_profile(iam: &Client, role: &str) -> Result<Fact, Failure> {
    let doing = || format!("deleting role `{role}`");
    let answer = iam
        .list_instance_profiles_for_role()
        .role_name(role)
        .send()
        .await;
    let answer = checked(answer, doing)?;
    let foreign = answer
        .instance_profiles
        .iter()
        .any(|profile| profile.instance_profile_name != names::INSTANCE);
    match foreign {
        true => Ok(Fact::Held(role.to_owned())),
        false => Err(still_in_use(doing())),
    }
}

/// What was just taken off it is not visible everywhere yet.
fn still_in_use(doing: String) -> Failure {
    Failure::retry(
        FailureKind::Transient,
        doing,
        "IAM says it is still in use",
        10,
    )
}
