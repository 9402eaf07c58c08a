//! Effects on the boundary, the instance profile, and the account's password policy and alias.

use aws_sdk_iam::Client;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use baseline::identity::{Fact, IdentityChange, PasswordSeen};
use tenancy::{Failure, FailureKind, names};

use super::{ROLES, Tags, alias, profile, still_in_use};
use crate::{
    calls::{checked, iam_tags, removed},
    errors::{self, HttpStatus},
};

/// Carries one change that is not a role's out.
pub(super) async fn apply(
    iam: &Client,
    boundary: &str,
    change: &IdentityChange,
) -> Result<Fact, Failure> {
    let done = || Fact::Done(change.clone());
    match change {
        // A role's changes are carried out elsewhere.
        IdentityChange::Role(_) => {
            return Err(Failure::bug("working on identities", "a role came astray"));
        }
        IdentityChange::CreateBoundary { document, tags } => {
            create_boundary(iam, &document.to_string(), tags).await?;
        }
        IdentityChange::UpdateBoundary { wanted, .. } => {
            let call = iam.create_policy_version().policy_arn(boundary);
            let sent = call
                .policy_document(wanted.to_string())
                .set_as_default(true)
                .send()
                .await;
            check(sent, "putting a version of the boundary in force")?;
        }
        IdentityChange::DropBoundaryVersion(version) => {
            let call = iam
                .delete_policy_version()
                .policy_arn(boundary)
                .version_id(version);
            gone(call.send().await, "removing a version of the boundary")?;
        }
        IdentityChange::TagBoundary(tags) => {
            let call = iam
                .tag_policy()
                .policy_arn(boundary)
                .set_tags(Some(iam_tags(tags)?));
            check(call.send().await, "tagging the boundary")?;
        }
        IdentityChange::DeleteBoundary => return delete_boundary(iam, boundary, done()).await,
        IdentityChange::SetPassword { wanted, .. } => set_password(iam, *wanted).await?,
        IdentityChange::SetAlias { wanted, .. } => return set_alias(iam, wanted, done()).await,
        IdentityChange::DropAlias(alias) => {
            let sent = iam.delete_account_alias().account_alias(alias).send().await;
            gone(sent, "freeing the account's alias")?;
        }
        IdentityChange::CreateProfile(_)
        | IdentityChange::FillProfile
        | IdentityChange::EmptyProfile(_)
        | IdentityChange::TagProfile(_)
        | IdentityChange::DeleteProfile => apply_to_profile(iam, change).await?,
    }
    Ok(done())
}

async fn apply_to_profile(iam: &Client, change: &IdentityChange) -> Result<(), Failure> {
    let name = names::INSTANCE;
    match change {
        IdentityChange::CreateProfile(tags) => create_profile(iam, tags).await,
        IdentityChange::FillProfile => fill_profile(iam).await,
        IdentityChange::EmptyProfile(role) => {
            let call = iam
                .remove_role_from_instance_profile()
                .instance_profile_name(name);
            gone(
                call.role_name(role).send().await,
                "emptying the instance profile",
            )
        }
        IdentityChange::TagProfile(tags) => {
            let call = iam.tag_instance_profile().instance_profile_name(name);
            check(
                call.set_tags(Some(iam_tags(tags)?)).send().await,
                "tagging the instance profile",
            )
        }
        IdentityChange::DeleteProfile => {
            let call = iam.delete_instance_profile().instance_profile_name(name);
            gone(call.send().await, "deleting the instance profile")
        }
        _ => Ok(()),
    }
}

async fn create_boundary(iam: &Client, document: &str, tags: &Tags) -> Result<(), Failure> {
    let doing = "creating the permissions boundary";
    let made = iam
        .create_policy()
        .policy_name(names::BOUNDARY)
        .path(names::TENANT_PATH)
        .description("What no role of the tenant gets across")
        .policy_document(document)
        .set_tags(Some(iam_tags(tags)?))
        .send()
        .await;
    match made {
        Err(error) if errors::is_already_there(&error) => Err(observe_again(doing)),
        answer => check(answer, doing),
    }
}

/// What was not seen and is there all the same has to be observed before anything else is done to it.
fn observe_again(doing: &str) -> Failure {
    Failure::retry(
        FailureKind::NotReady,
        doing,
        "it is there already and was not visible",
        2,
    )
}

/// A boundary that roles or users of the tenant's own making hold on to stays, and goes with the account.
async fn delete_boundary(iam: &Client, arn: &str, done: Fact) -> Result<Fact, Failure> {
    let doing = "deleting the permissions boundary";
    match iam.delete_policy().policy_arn(arn).send().await {
        Err(error) if errors::is_in_use(&error) => {}
        answer => return gone(answer, doing).map(|()| done),
    }
    let users = iam.list_entities_for_policy().policy_arn(arn).send().await;
    let users = users.map_err(|error| errors::failure(doing, &error))?;
    let ours = |name: &str| ROLES.contains(&name);
    let foreign_role = users
        .policy_roles()
        .iter()
        .any(|role| !role.role_name().is_some_and(ours));
    match foreign_role || !users.policy_users().is_empty() || !users.policy_groups().is_empty() {
        true => Ok(Fact::Held(names::BOUNDARY.into())),
        false => Err(still_in_use(doing.into())),
    }
}

async fn create_profile(iam: &Client, tags: &Tags) -> Result<(), Failure> {
    let doing = "creating the instance profile";
    let made = iam
        .create_instance_profile()
        .instance_profile_name(names::INSTANCE)
        .path(names::TENANT_PATH)
        .set_tags(Some(iam_tags(tags)?))
        .send()
        .await;
    match made {
        Err(error) if errors::is_already_there(&error) => Err(observe_again(doing)),
        answer => check(answer, doing),
    }
}

/// A profile holds one role, and says so even when it is the one requested: after a lost answer, read it before giving up.
async fn fill_profile(iam: &Client) -> Result<(), Failure> {
    let added = iam
        .add_role_to_instance_profile()
        .instance_profile_name(names::INSTANCE)
        .role_name(names::INSTANCE)
        .send()
        .await;
    let Err(failure) = check(added, "filling the instance profile") else {
        return Ok(());
    };
    match profile(iam).await? {
        Some(found) if found.role.as_deref() == Some(names::INSTANCE) => Ok(()),
        _ => Err(failure),
    }
}

async fn set_password(iam: &Client, wanted: PasswordSeen) -> Result<(), Failure> {
    let sent = iam
        .update_account_password_policy()
        .minimum_password_length(wanted.minimum_length)
        .password_reuse_prevention(wanted.reuse_prevention)
        .require_symbols(wanted.all_kinds)
        .require_numbers(wanted.all_kinds)
        .require_uppercase_characters(wanted.all_kinds)
        .require_lowercase_characters(wanted.all_kinds)
        .allow_users_to_change_password(wanted.may_change)
        .send()
        .await;
    check(sent, "setting the password policy")
}

/// An alias that is refused may be our own already, or another customer's.
async fn set_alias(iam: &Client, wanted: &str, done: Fact) -> Result<Fact, Failure> {
    let made = iam
        .create_account_alias()
        .account_alias(wanted)
        .send()
        .await;
    match made {
        Err(error) if errors::is_already_there(&error) => {
            let ours = alias(iam).await?.is_some_and(|alias| alias == wanted);
            Ok(if ours {
                done
            } else {
                Fact::AliasTaken(wanted.to_owned())
            })
        }
        answer => check(answer, &format!("giving the account the alias `{wanted}`")).map(|()| done),
    }
}

fn check<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: &str,
) -> Result<(), Failure> {
    checked(answer, || doing.to_owned()).map(drop)
}

fn gone<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: &str,
) -> Result<(), Failure> {
    removed(answer, || doing.to_owned())
}
