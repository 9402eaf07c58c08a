//! The account's root user: observed, and never touched. Only the organization, or the root user itself, can change it.
//!
//! # Guarantees
//! Nothing here parks a tenant or keeps it from being ready: what is wrong is a finding with what a person has to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{ComponentName, Severity, control::RepairedBy};

use crate::{
    component::{Departure, Wait},
    control::{Control, Verdict},
    covers::Covers,
    declared::{Declared, Key, Kind, Observation, Resource, Resources, Wanted},
    desired::Desired,
    policy::{Grant, Grants, Scope},
    watched::{Properties, reported},
};

/// The account's root user.
pub struct RootUser;

/// What IAM reports about the root user. Source: IAM API reference, `GetAccountSummary`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RootCredentials {
    /// Whether it has access keys.
    pub access_keys: bool,
    /// Whether it can sign in with a password.
    pub password: bool,
    /// Whether signing in asks for a second factor.
    pub mfa: bool,
}

/// What is watched of the root user: the entries of `GetAccountSummary` about it.
const WATCHED: &[Properties] = &[Properties {
    resource: "Root user",
    kind: "root-user",
    shape: "iam GetAccountSummary",
    watched: &[
        reported("account_access_keys_present", "TNT.ROOT.1"),
        reported("account_password_present", "TNT.ROOT.2"),
        reported("account_mfa_enabled", "TNT.ROOT.2"),
    ],
    identity: &[],
    unwatched: &[
        "account_signing_certificates_present: not read: such certificates sign only calls of old tools",
    ],
}];

impl Resource for RootCredentials {
    const KIND: Kind = Kind::of::<Self>("root-user", "root user", &[]).observed_only();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

impl Declared for RootUser {
    const NAME: ComponentName = ComponentName::new("root-user");
    const DEPARTURE: Departure = Departure::WithAccount;
    const WATCHED: &'static [&'static [Properties]] = &[WATCHED];

    fn wanted(_desired: &Desired) -> Result<Resources, Wait> {
        let key = Key::only(RootCredentials::KIND.name);
        Ok(BTreeMap::from([(
            key,
            Wanted::of(&RootCredentials::default()),
        )]))
    }

    fn grants(_scope: &Scope) -> Grants {
        Grants {
            reads: vec![Grant::on_all("ReadRootUser", &["iam:GetAccountSummary"])],
            ..Grants::default()
        }
    }

    fn controls() -> &'static [Control<Observation>] {
        CONTROLS
    }
}

const CONTROLS: &[Control<Observation>] = &[
    Control {
        id: "TNT.ROOT.1",
        title: "root access keys",
        resource: "root user",
        wanted: "none",
        severity: Severity::Critical,
        reads: "iam GetAccountSummary",
        remedy: "Delete the access keys of the account's root user: from the management account by central root access, or by \
                 signing in as the root user.",
        repaired_by: RepairedBy::Organization,
        covers: Covers::of(&["IAM.4"], &["1.3"], &["1.4"]),
        evaluate: |_, seen| evaluate(seen, |root| root.access_keys, "it has access keys"),
    },
    Control {
        id: "TNT.ROOT.2",
        title: "multi-factor authentication of the root user",
        resource: "root user",
        wanted: "no password, or a password with a second factor",
        severity: Severity::Critical,
        reads: "iam GetAccountSummary",
        remedy: "Delete the password of the account's root user by central root access, or sign in as the root user and add a \
                 second factor.",
        repaired_by: RepairedBy::Organization,
        covers: Covers::of(&["IAM.9"], &["1.4"], &["1.5"]),
        evaluate: |_, seen| {
            evaluate(
                seen,
                |root| root.password && !root.mfa,
                "a password without a second factor",
            )
        },
    },
];

fn evaluate(seen: &Observation, fails: fn(&RootCredentials) -> bool, found: &str) -> Verdict {
    let key = Key::only(RootCredentials::KIND.name);
    match seen.present::<RootCredentials>(&key) {
        Some(root) if fails(&root) => Verdict::Failed(found.to_owned()),
        Some(_) => Verdict::Passed,
        None => Verdict::NotVerifiable("IAM's answer does not contain it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tenancy::DesiredState;

    use super::*;
    use crate::{
        account::tests::desired,
        declared::{Observed, write},
        reconcile::summarize,
    };

    fn findings(root: &RootCredentials) -> Vec<String> {
        let key = Key::only(RootCredentials::KIND.name);
        let mut seen = Observation::default();
        seen.0.insert(key, Observed::Present(write(root)));
        let desired = desired(DesiredState::Present);
        let outcome = summarize::<RootUser>(&desired, &seen, Vec::new(), Vec::new());
        assert!(
            outcome.is_settled(),
            "a finding keeps nobody from being ready"
        );
        outcome
            .findings
            .into_iter()
            .map(|finding| finding.key)
            .collect()
    }

    #[test]
    fn keys_and_a_bare_password_of_the_root_user_are_findings_that_hold_nothing_up() {
        let none = RootCredentials::default();
        assert!(findings(&none).is_empty());
        let keys = RootCredentials {
            access_keys: true,
            ..none.clone()
        };
        assert_eq!(findings(&keys), ["TNT.ROOT.1"]);
        let bare = RootCredentials {
            password: true,
            ..none.clone()
        };
        assert_eq!(findings(&bare), ["TNT.ROOT.2"]);
        let guarded = RootCredentials {
            password: true,
            mfa: true,
            ..none
        };
        assert!(findings(&guarded).is_empty());
    }
}
