//! What a person must do about an account: why it is parked, and the remedy.

use tenancy::{Failure, FailureKind, names};

use super::{FailedCreation, Found, Why};
use crate::desired::Desired;

pub(super) fn creating(desired: &Desired) -> String {
    format!("creating the account of tenant `{}`", desired.tenant)
}

pub(super) fn untagged(desired: &Desired, found: &Found) -> Failure {
    let (id, email, tenant) = (&found.id, &desired.email, &desired.tenant);
    let tag = names::TAG_TENANT;
    let remedy = format!(
        "If CloudTrail in the management account shows that tenantry made account {id} (`CreateAccount` by the broker role) and somebody took its tags off, \
         put the tag `{tag}={tenant}` on it and retry the tenant. Otherwise delete this tenant and request it again to get another address."
    );
    Failure::park(
        FailureKind::Conflict,
        creating(desired),
        format!("account {id} has the address {email} and no tag `{tag}`: somebody else made it"),
        "email-taken",
        &remedy,
    )
}

pub(super) fn creation_failed(desired: &Desired, failed: &FailedCreation) -> Failure {
    let (kind, reason, remedy) = match failed.why {
        Why::EmailTaken => (
            FailureKind::Conflict,
            "email-taken",
            "An account outside this organization, or one closed earlier, has the address. Delete this tenant and request it again: the new one gets another address.",
        ),
        Why::OrganizationFull => (
            FailureKind::Quota,
            "account-quota-reached",
            "Have the organization's quota of accounts raised in Service Quotas (closed accounts count for 90 days), start creations again, then retry the tenant.",
        ),
        Why::Standing => (
            FailureKind::Invalid,
            "organization-not-in-good-standing",
            "Correct the payment method, contact data or business validation of the management account, start creations again, then retry the tenant.",
        ),
        Why::BadRequest => (
            FailureKind::Invalid,
            "account-request-refused",
            "Correct the e-mail template of the deployment or the contact address of the management account, then retry the tenant.",
        ),
        Why::Passing => (
            FailureKind::Transient,
            "creation-keeps-failing",
            "Check the AWS Health Dashboard, ask AWS Support if nothing is known, then retry the tenant.",
        ),
        Why::Concurrent | Why::Unexplained => (
            FailureKind::Invalid,
            "creation-failed",
            "Look the reason up in the Organizations API reference (CreateAccountStatus), put it right, then retry the tenant.",
        ),
    };
    let detail = format!(
        "Organizations answered {} to request `{}`",
        failed.reason, failed.request
    );
    Failure::park(kind, creating(desired), detail, reason, remedy)
}

fn reading(desired: &Desired, found: &Found) -> String {
    format!(
        "reading account {} of tenant `{}`",
        found.id, desired.tenant
    )
}

pub(super) fn suspended(desired: &Desired, found: &Found) -> Failure {
    Failure::park(
        FailureKind::Denied,
        reading(desired, found),
        "AWS has suspended the account",
        "account-suspended",
        "Ask AWS Support why the account is suspended and have it reinstated, then retry the tenant.",
    )
}

pub(super) fn closed(desired: &Desired, found: &Found) -> Failure {
    Failure::park(
        FailureKind::Conflict,
        reading(desired, found),
        "the account was closed from outside",
        "account-closed",
        "Have AWS Support reopen the account within 90 days and retry the tenant, or delete the tenant.",
    )
}

pub(super) fn vanished(desired: &Desired) -> Failure {
    let account = desired
        .account
        .as_ref()
        .map_or_else(|| "the account".to_owned(), |id| format!("account {id}"));
    Failure::park(
        FailureKind::Conflict,
        format!("reading the account of tenant `{}`", desired.tenant),
        format!("{account} is not in the organization"),
        "account-missing",
        "Bring the account back into the organization and retry the tenant, or delete the tenant.",
    )
}
