//! What the read of all identities tells of who holds a role or a policy, so that IAM does not delete it.

use std::collections::BTreeMap;

use aws_sdk_iam::{
    operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page,
    types::{AttachedPermissionsBoundary, AttachedPolicy, RoleDetail},
};
use baseline::{identity::TENANT_ROLES, resources::Policy};
use tenancy::{Verb, names};

/// An instance profile, not ours, that the role is in.
pub(super) fn profile_of_others(role: &RoleDetail) -> Option<String> {
    let profiles = role.instance_profile_list().iter();
    let mut profiles = profiles.map(|profile| profile.instance_profile_name.as_str());
    let theirs = profiles.find(|name| *name != names::INSTANCE)?;
    Some(format!("instance profile `{theirs}`"))
}

/// Who holds which policy: roles, users and groups that are not ours.
#[derive(Default)]
pub(super) struct Holders {
    /// One of them for each policy, by its ARN.
    by_arn: BTreeMap<String, String>,
    /// The names of customer managed policies, by their ARNs.
    names: BTreeMap<String, String>,
}

impl Holders {
    /// Takes note of a page.
    pub(super) fn read(&mut self, page: &Page) {
        for role in page.role_detail_list() {
            let name = role.role_name().unwrap_or_default();
            if !is_role_of_ours(name, role.path().unwrap_or_default()) {
                let by = format!("role `{name}`");
                let attached = role.attached_managed_policies();
                self.hold(&by, attached, role.permissions_boundary());
            }
        }
        for user in page.user_detail_list() {
            let by = format!("user `{}`", user.user_name().unwrap_or_default());
            let attached = user.attached_managed_policies();
            self.hold(&by, attached, user.permissions_boundary());
        }
        for group in page.group_detail_list() {
            let by = format!("group `{}`", group.group_name().unwrap_or_default());
            self.hold(&by, group.attached_managed_policies(), None);
        }
        for policy in page.policies() {
            if let (Some(arn), Some(name)) = (policy.arn(), policy.policy_name()) {
                self.names.insert(arn.to_owned(), name.to_owned());
            }
        }
    }

    fn hold(
        &mut self,
        by: &str,
        attached: &[AttachedPolicy],
        boundary: Option<&AttachedPermissionsBoundary>,
    ) {
        let attached = attached.iter().filter_map(AttachedPolicy::policy_arn);
        let boundary = boundary.and_then(|boundary| boundary.permissions_boundary_arn());
        for arn in attached.chain(boundary) {
            let known = self.by_arn.entry(arn.to_owned());
            known.or_insert_with(|| by.to_owned());
        }
    }

    /// Says of each policy who holds it, once all pages were read.
    pub(super) fn name(self, policies: &mut BTreeMap<String, Policy>) {
        for (arn, by) in self.by_arn {
            let name = self.names.get(&arn);
            if let Some(policy) = name.and_then(|name| policies.get_mut(name)) {
                policy.held_by = Some(by);
            }
        }
    }
}

/// Whether it is one that is deleted, or relieved of the policy, before the policy goes. One of this name at another path is somebody
/// else's.
fn is_role_of_ours(name: &str, path: &str) -> bool {
    match path {
        names::MANAGEMENT_PATH => Verb::ALL.iter().any(|verb| verb.role() == name),
        names::TENANT_PATH => TENANT_ROLES.iter().any(|role| role.name == name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::{
        primitives::DateTime,
        types::{GroupDetail, InstanceProfile, ManagedPolicyDetail, UserDetail},
    };

    use super::*;

    fn attached(arn: &str) -> AttachedPolicy {
        AttachedPolicy::builder().policy_arn(arn).build()
    }

    fn boundary(arn: &str) -> AttachedPermissionsBoundary {
        let boundary = AttachedPermissionsBoundary::builder();
        boundary.permissions_boundary_arn(arn).build()
    }

    fn role(name: &str, path: &str, policy: &str) -> RoleDetail {
        let role = RoleDetail::builder().role_name(name).path(path);
        role.attached_managed_policies(attached(policy)).build()
    }

    /// Who holds the one policy there is, by these pages.
    fn holder(pages: &[Page]) -> Option<String> {
        let mut holders = Holders::default();
        for page in pages {
            holders.read(page);
        }
        let mut policies = BTreeMap::from([("ours".to_owned(), Policy::default())]);
        holders.name(&mut policies);
        policies.remove("ours")?.held_by
    }

    #[test]
    fn whoever_of_others_has_a_policy_or_is_bounded_by_it_holds_it_whatever_page_they_are_on() {
        const ARN: &str = "arn:aws:iam::444455556666:policy/tenant/ours";
        let policy = ManagedPolicyDetail::builder().policy_name("ours").arn(ARN);
        let policy = Page::builder().policies(policy.build()).build();
        let of_role = |role: RoleDetail| Page::builder().role_detail_list(role).build();
        let bounded = RoleDetail::builder().role_name("theirs").path("/");
        let bounded = bounded.permissions_boundary(boundary(ARN)).build();
        let user = UserDetail::builder().user_name("ann");
        let user = user.permissions_boundary(boundary(ARN)).build();
        let group = GroupDetail::builder().group_name("people");
        let group = group.attached_managed_policies(attached(ARN)).build();
        for (page, by) in [
            (of_role(role("theirs", "/", ARN)), Some("role `theirs`")),
            (of_role(bounded), Some("role `theirs`")),
            // It has our name, and is not at our path.
            (
                of_role(role(names::DEVELOPER, "/", ARN)),
                Some("role `tenant-developer`"),
            ),
            (
                Page::builder().user_detail_list(user).build(),
                Some("user `ann`"),
            ),
            (
                Page::builder().group_detail_list(group).build(),
                Some("group `people`"),
            ),
            (
                of_role(role(names::DEVELOPER, names::TENANT_PATH, ARN)),
                None,
            ),
            (
                of_role(role(names::REMOVER, names::MANAGEMENT_PATH, ARN)),
                None,
            ),
            (
                of_role(role(
                    "theirs",
                    "/",
                    "arn:aws:iam::aws:policy/ReadOnlyAccess",
                )),
                None,
            ),
        ] {
            let pages = [page, policy.clone()];
            assert_eq!(holder(&pages).as_deref(), by, "{pages:?}");
            let [first, last] = pages;
            assert_eq!(holder(&[last, first]).as_deref(), by);
        }
    }

    #[test]
    fn a_role_is_held_by_a_profile_of_others_and_not_by_ours() {
        let in_profiles = |all: &[&str]| {
            let profile = |name: &&str| {
                let profile = InstanceProfile::builder()
                    .path("/")
                    .instance_profile_name(*name);
                let profile = profile.instance_profile_id("id").arn("arn");
                let profile = profile.create_date(DateTime::from_secs(0));
                profile.set_roles(Some(Vec::new())).build().unwrap()
            };
            let profiles = all.iter().map(profile).collect();
            let role = RoleDetail::builder().role_name(names::INSTANCE);
            profile_of_others(&role.set_instance_profile_list(Some(profiles)).build())
        };
        let theirs = Some("instance profile `theirs`".to_owned());
        assert_eq!(in_profiles(&[]), None);
        assert_eq!(in_profiles(&[names::INSTANCE]), None);
        assert_eq!(in_profiles(&["theirs"]), theirs);
        assert_eq!(in_profiles(&[names::INSTANCE, "theirs"]), theirs);
    }
}
