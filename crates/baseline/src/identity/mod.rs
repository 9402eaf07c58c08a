//! The tenant's own roles, their permissions boundary, the instance profile, and the account's password policy, alias and name.
//!
//! Names are ours under our path; whatever else the tenant makes in IAM is never touched. Two things of it are reported: users
//! with access keys, and administrator roles that trust an account that is not this installation's. A role for cases with AWS Support
//! (CIS AWS Foundations 1.17) is there where the blueprint asks for it, and goes where it no longer does.
//! A role in an instance profile of the tenant's, and a boundary that something of the tenant's has, stay whole and are named.
//!
//! # Caveats
//! Not watched, for they decide nothing: descriptions of roles and of the boundary.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Severity};

use crate::{
    component::Wait,
    control::Control,
    covers::Covers,
    declared::{Declared, Observation, Resources, resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    resources::AccountAlias,
};

mod grants;
mod others;
pub(crate) mod protected;
#[cfg(test)]
mod tests;
mod wanted;

pub use others::{Credentials, OtherWaysIn};
pub use wanted::{TENANT_ROLES, managed_policies};

/// The tenant's own roles, boundary, instance profile, password policy and alias.
pub struct Identity;

impl Declared for Identity {
    const NAME: ComponentName = ComponentName::IDENTITY;
    const RECORDED: bool = true;

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let unknown = || Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        };
        let account = desired.account.as_ref().ok_or_else(unknown)?;
        Ok(wanted::wanted(desired, account))
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }

    fn controls() -> &'static [Control<Observation>] {
        others::CONTROLS
    }

    /// With the alias and the address at which the tenant's people sign in.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut all = resources(<Self as Declared>::NAME, desired, seen);
        let alias: Option<AccountAlias> = seen.present(&AccountAlias::KEY);
        for name in alias.iter().flat_map(AccountAlias::names) {
            all.insert("alias".into(), name.to_owned());
            all.insert(
                "sign-in".into(),
                format!("https://{name}.signin.aws.amazon.com/console"),
            );
        }
        all
    }
}

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[
    DriftControl::of(101, &["role"], "roles of the tenant", DriftControl::ROLES),
    DriftControl::of(
        102,
        &["policy"],
        "permissions boundary of the tenant's roles",
        DriftControl::ROLES,
    ),
    DriftControl::of(
        103,
        &["instance-profile"],
        "instance profile",
        "iam ListInstanceProfiles",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        104,
        &["password-policy"],
        "password policy",
        "iam GetAccountPasswordPolicy",
    )
    .severity(Severity::Medium)
    .covers(Covers::of(
        &["IAM.15", "IAM.16"],
        &["1.7", "1.8"],
        &["1.8", "1.9"],
    )),
    DriftControl::of(105, &["alias"], "account alias", "iam ListAccountAliases")
        .severity(Severity::Low),
    DriftControl::of(
        106,
        &["role.tenant-support"],
        "role for AWS Support",
        DriftControl::ROLES,
    )
    .covers(Covers::of(&["IAM.18"], &["1.16"], &["1.17"])),
];
