//! Effects on IAM roles, ours and the tenant's alike.

use aws_sdk_iam::Client;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use baseline::access::{Deed, RoleChange, RoleWanted};
use serde_json::Value;
use tenancy::Failure;

use crate::{
    calls::{checked, iam_tags, removed},
    errors::{self, HttpStatus},
};

/// What came of an effect that did not fail.
pub(crate) enum Applied {
    /// It is as asked for.
    Done,
    /// A role of that name was there already, as whatever it is.
    AlreadyThere,
    /// It cannot be deleted, for something uses it.
    InUse,
}

/// Carries one change of a role out.
///
/// # Errors
/// What IAM answered, classified.
pub(crate) async fn apply(iam: &Client, change: &RoleChange) -> Result<Applied, Failure> {
    let role = change.role.as_str();
    match &change.deed {
        Deed::Create(wanted) => create(iam, wanted).await,
        Deed::Delete => delete(iam, role).await,
        Deed::SetTrust { wanted, .. } => set_trust(iam, role, wanted).await,
        Deed::PutInline { policy, wanted, .. } => put_inline(iam, role, policy, wanted).await,
        Deed::DropInline(policy) => {
            let call = iam.delete_role_policy().role_name(role).policy_name(policy);
            gone(call.send().await, || {
                format!("removing policy `{policy}` from role `{role}`")
            })
        }
        Deed::Attach(arn) => {
            let call = iam.attach_role_policy().role_name(role).policy_arn(arn);
            done(call.send().await, || {
                format!("attaching `{arn}` to role `{role}`")
            })
        }
        Deed::Detach(arn) => {
            let call = iam.detach_role_policy().role_name(role).policy_arn(arn);
            gone(call.send().await, || {
                format!("detaching `{arn}` from role `{role}`")
            })
        }
        Deed::SetBoundary { wanted, .. } => {
            let call = iam.put_role_permissions_boundary().role_name(role);
            let sent = call.permissions_boundary(wanted).send().await;
            done(sent, || format!("bounding role `{role}`"))
        }
        Deed::DropBoundary(_) => {
            let call = iam.delete_role_permissions_boundary().role_name(role);
            gone(call.send().await, || {
                format!("removing the boundary of role `{role}`")
            })
        }
        Deed::Tag(tags) => {
            let call = iam
                .tag_role()
                .role_name(role)
                .set_tags(Some(iam_tags(tags)?));
            done(call.send().await, || format!("tagging role `{role}`"))
        }
        Deed::SetSession { wanted, .. } => {
            let call = iam
                .update_role()
                .role_name(role)
                .max_session_duration(*wanted);
            done(call.send().await, || {
                format!("setting the session length of role `{role}`")
            })
        }
    }
}

async fn create(iam: &Client, wanted: &RoleWanted) -> Result<Applied, Failure> {
    let made = iam
        .create_role()
        .role_name(wanted.name)
        .path(wanted.path)
        .description(wanted.description)
        .assume_role_policy_document(wanted.trust.to_string())
        .set_permissions_boundary(wanted.boundary.clone())
        .set_max_session_duration(wanted.session_secs)
        .set_tags(Some(iam_tags(&wanted.tags)?))
        .send()
        .await;
    match made {
        Err(error) if errors::is_already_there(&error) => Ok(Applied::AlreadyThere),
        answer => done(answer, || format!("creating role `{}`", wanted.name)),
    }
}

async fn delete(iam: &Client, role: &str) -> Result<Applied, Failure> {
    match iam.delete_role().role_name(role).send().await {
        Err(error) if errors::is_in_use(&error) => Ok(Applied::InUse),
        answer => gone(answer, || format!("deleting role `{role}`")),
    }
}

async fn set_trust(iam: &Client, role: &str, trust: &Value) -> Result<Applied, Failure> {
    let sent = iam
        .update_assume_role_policy()
        .role_name(role)
        .policy_document(trust.to_string())
        .send()
        .await;
    done(sent, || format!("setting who may assume role `{role}`"))
}

async fn put_inline(
    iam: &Client,
    role: &str,
    policy: &str,
    document: &Value,
) -> Result<Applied, Failure> {
    let sent = iam
        .put_role_policy()
        .role_name(role)
        .policy_name(policy)
        .policy_document(document.to_string())
        .send()
        .await;
    done(sent, || {
        format!("writing policy `{policy}` of role `{role}`")
    })
}

fn done<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<Applied, Failure> {
    checked(answer, doing).map(|_| Applied::Done)
}

fn gone<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<Applied, Failure> {
    removed(answer, doing).map(|()| Applied::Done)
}
