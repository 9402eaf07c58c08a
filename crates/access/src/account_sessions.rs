//! Sessions in tenants' accounts: what whoever asks may be there, for how long, and because of what.

use tenancy::{
    TenantId, Timestamp,
    access::{AccountRole, LONGEST_SESSION, Level, Role, SHORTEST_SESSION, Scope},
};

use crate::HeldRole;

/// Why a session is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// Nothing that is held allows this role there.
    #[error("no role that you hold lets you be `{0}` in the tenant's account")]
    NoRole(AccountRole),
    /// What allows it ends before the shortest session would.
    #[error("what lets you in ends at {0}, and AWS opens no session of less than 15 minutes")]
    EndsTooSoon(Timestamp),
    /// What allows it ends before the session that is asked for would.
    #[error("the session would outlast what lets you in, which ends at {0}")]
    OutlastsGrant(Timestamp),
    /// Somebody who is not the tenant's goes in without saying why.
    #[error("a session by a role of the installation needs a reason")]
    NeedsReason,
}

/// What a session rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// What lets in.
    pub held: HeldRole,
    /// For how many seconds.
    pub seconds: u32,
    /// Whether it is a role at the installation, of somebody who is not the tenant's.
    pub emergency: bool,
}

/// The roles in an account that a role of tenantry lets somebody take. Support, auditors and billing of the installation read what
/// tenantry knows; what customers keep in their accounts is not theirs to see.
pub const fn account_roles(role: Role) -> &'static [AccountRole] {
    match role {
        Role::Operator | Role::TenantAdmin => &AccountRole::ALL,
        Role::Developer => &[AccountRole::Developer, AccountRole::ReadOnly],
        Role::ReadOnly => &[AccountRole::ReadOnly],
        Role::Billing => &[AccountRole::Billing],
        Role::Support
        | Role::Auditor
        | Role::ProjectAdmin
        | Role::ProjectDeveloper
        | Role::ProjectReadOnly => &[],
    }
}

/// What a session of `role` in the tenant's account rests on: of all that is held, what is the tenant's own comes first, and of that,
/// what lasts longest.
///
/// # Errors
/// Why it is not opened.
pub fn may_open(
    held: &[HeldRole],
    tenant: &TenantId,
    role: AccountRole,
    (wanted, reason): (Option<u32>, Option<&str>),
    now: Timestamp,
) -> Result<Basis, NotOpened> {
    let lets_in = held.iter().filter(|it| lets_in(it, tenant, role, now));
    // What lasts long enough comes before what does not, so that a grant that is about to end keeps nobody out.
    let least = wanted.unwrap_or(SHORTEST_SESSION);
    let rank = |it: &&HeldRole| {
        let lasts = left(it, now).is_none_or(|left| left >= least);
        (lasts, !is_emergency(it), it.until.is_none(), it.until)
    };
    let best = lets_in.max_by_key(rank).ok_or(NotOpened::NoRole(role))?;
    let emergency = is_emergency(best);
    if emergency && reason.is_none() {
        return Err(NotOpened::NeedsReason);
    }
    let left = best.until.zip(left(best, now));
    let seconds = match (left, wanted) {
        (None, wanted) => wanted.unwrap_or(LONGEST_SESSION),
        (Some((until, left)), _) if left < SHORTEST_SESSION => {
            return Err(NotOpened::EndsTooSoon(until));
        }
        (Some((until, left)), Some(wanted)) if left < wanted => {
            return Err(NotOpened::OutlastsGrant(until));
        }
        (Some((_, left)), wanted) => wanted.unwrap_or(LONGEST_SESSION).min(left),
    };
    Ok(Basis {
        held: best.clone(),
        seconds,
        emergency,
    })
}

fn lets_in(held: &HeldRole, tenant: &TenantId, role: AccountRole, now: Timestamp) -> bool {
    let reaches = match &held.scope {
        // Who bills for the installation reads costs over the API.
        Scope::Installation => held.role == Role::Operator,
        Scope::Tenant(of) => of == tenant,
        Scope::Project(..) => false,
    };
    reaches
        && held.is_live(now)
        && held.role.is_of(held.scope.level())
        && account_roles(held.role).contains(&role)
}

fn is_emergency(held: &HeldRole) -> bool {
    held.scope.level() == Level::Installation
}

/// AWS counts from when it is asked, which is a little later than now.
const MARGIN: i64 = 30;

/// Seconds that a session may last by this; `None` without an end.
fn left(held: &HeldRole, now: Timestamp) -> Option<u32> {
    let until = held.until?.as_second();
    let left = until.saturating_sub(now.as_second()).saturating_sub(MARGIN);
    Some(u32::try_from(left.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tenant(number: u8) -> TenantId {
        TenantId::from_random([number; 10])
    }

    fn held(role: Role, scope: Scope, until: Option<i64>) -> HeldRole {
        HeldRole {
            role,
            scope,
            until: until.map(at),
            source: Source::Assumed,
        }
    }

    fn of(role: Role) -> HeldRole {
        let scope = match Role::of(Level::Tenant).any(|it| it == role) {
            true => Scope::Tenant(tenant(1)),
            false => Scope::Installation,
        };
        held(role, scope, None)
    }

    fn open(held: &[HeldRole], role: AccountRole) -> Result<Basis, NotOpened> {
        may_open(held, &tenant(1), role, (None, Some("an incident")), at(0))
    }

    #[test]
    fn each_role_is_let_in_as_what_it_may_be_and_as_nothing_else() {
        for role in [
            Role::Operator,
            Role::Support,
            Role::Auditor,
            Role::TenantAdmin,
            Role::Developer,
            Role::ReadOnly,
            Role::Billing,
        ] {
            for account in AccountRole::ALL {
                let expected = account_roles(role).contains(&account);
                let opened = open(&[of(role)], account);
                assert_eq!(opened.is_ok(), expected, "{role} as {account}: {opened:?}");
            }
        }
    }

    #[test]
    fn what_is_held_in_another_tenant_or_a_project_lets_nobody_in() {
        let elsewhere = held(Role::TenantAdmin, Scope::Tenant(tenant(2)), None);
        let project = Scope::Project(tenant(1), "web".parse().unwrap());
        let in_project = held(Role::ProjectAdmin, project, None);
        let billing = held(Role::Billing, Scope::Installation, None);
        for role in AccountRole::ALL {
            let all = [elsewhere.clone(), in_project.clone(), billing.clone()];
            assert_eq!(open(&all, role), Err(NotOpened::NoRole(role)));
        }
    }

    #[test]
    fn a_session_ends_no_later_than_what_it_rests_on() {
        let ask = |until, wanted| {
            let held = [held(Role::Developer, Scope::Tenant(tenant(1)), Some(until))];
            let asked = (wanted, None);
            let opened = may_open(&held, &tenant(1), AccountRole::Developer, asked, at(0));
            opened.map(|basis| basis.seconds)
        };
        assert_eq!(ask(7_200, None), Ok(3_600));
        assert_eq!(ask(1_800, None), Ok(1_770));
        assert_eq!(ask(1_800, Some(900)), Ok(900));
        assert_eq!(
            ask(1_800, Some(1_801)),
            Err(NotOpened::OutlastsGrant(at(1_800)))
        );
        assert_eq!(ask(929, None), Err(NotOpened::EndsTooSoon(at(929))));
        assert_eq!(ask(930, None), Ok(900));
        assert_eq!(ask(0, None), Err(NotOpened::NoRole(AccountRole::Developer)));
    }

    #[test]
    fn an_operator_says_why_and_a_role_of_the_tenant_goes_first() {
        let operator = of(Role::Operator);
        let ask = |held: &[HeldRole], reason| {
            may_open(
                held,
                &tenant(1),
                AccountRole::ReadOnly,
                (None, reason),
                at(0),
            )
        };
        assert_eq!(
            ask(std::slice::from_ref(&operator), None),
            Err(NotOpened::NeedsReason)
        );
        assert!(
            ask(std::slice::from_ref(&operator), Some("an incident"))
                .unwrap()
                .emergency
        );
        let both = [
            operator,
            held(Role::ReadOnly, Scope::Tenant(tenant(1)), Some(2_000)),
        ];
        let basis = ask(&both, None).unwrap();
        assert_eq!((basis.emergency, basis.seconds), (false, 1_970));
        let [operator, _] = both;
        let ending = held(Role::ReadOnly, Scope::Tenant(tenant(1)), Some(100));
        let basis = ask(&[operator, ending], Some("an incident")).unwrap();
        assert!(basis.emergency, "a grant that ends keeps no operator out");
    }
}
