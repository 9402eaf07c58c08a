//! Whether those who approved before may still give what is requested: a yes counts when the role is given, not when it was said.

use access::{HeldRole, Source, roles_of};
use api_types::ProblemKind;
use tenancy::{
    TenantId, Timestamp,
    access::{
        AccessRequest, Decision, Grant, GrantId, Grantee, Machine, Principal, RequestState, Scope,
    },
};
use tenantry_aws::ledger::LedgerError;

use crate::{
    App,
    authorization::{Outcome, Permitted},
    refusal::Refusal,
};

/// So many grants are noted with an approval: it counts while one of them does.
const MOST_NOTED: usize = 10;

impl App {
    /// The grants by each of which alone whoever approves could give this. The groups that lead to them are known only now, by the
    /// person's token.
    pub(super) fn grants_behind(&self, permitted: &Permitted, given: &Grant) -> Vec<GrantId> {
        let suffices = |held: &&HeldRole| {
            let alone = Permitted {
                held: vec![(*held).clone()],
                ..permitted.clone()
            };
            self.may_grant(&alone, given).is_ok()
        };
        let id = |held: &HeldRole| match &held.source {
            Source::Grant(id) => Some(id.clone()),
            Source::Parameter | Source::Assumed => None,
        };
        let held = permitted.held.iter().filter(suffices);
        held.filter_map(id).take(MOST_NOTED).collect()
    }

    /// Refuses to go on with a request that somebody approved who may not do so any more.
    pub(super) async fn earlier_approvals_count(
        &self,
        request: &AccessRequest,
        given: &Grant,
    ) -> Result<(), Refusal> {
        let now = given.granted_at;
        if request.state_at(now) != RequestState::Pending {
            return Ok(());
        }
        for decision in request.decisions.iter().filter(|it| it.approved) {
            let who = self.permitted_now(request, decision, now).await?;
            let action = "approveAccessRequest";
            let outcome = self.decide(&who.principal, &who.held, action, &who.resource);
            let may = matches!(outcome.await?, Outcome::Allowed(_));
            if !may || self.may_grant(&who, given).is_err() {
                return Err(counts_no_more(decision));
            }
        }
        Ok(())
    }

    /// Whoever decided, with what he, she or it holds now of what could have been behind the decision.
    async fn permitted_now(
        &self,
        request: &AccessRequest,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<Permitted, Refusal> {
        let principal = match &decision.principal {
            // As it signed: the parameter `Operators` may name a single session of a role.
            Grantee::Machine(_) => Principal::Machine(Machine::new(decision.by.as_str())),
            person => person.as_principal(),
        };
        let (access, tenant) = (&self.access, &request.tenant_id);
        let held = access.current_roles(&self.ledger, &principal, Some(tenant), now);
        let mut held = held.await?;
        for id in &decision.grants {
            let grant = self.grant_in(tenant, id).await?;
            held.extend(roles_of(grant.as_slice(), now));
        }
        Ok(Permitted {
            principal,
            held,
            resource: Scope::Tenant(tenant.clone()),
        })
    }

    /// A grant of the tenant or of the installation, if it was not revoked.
    async fn grant_in(&self, tenant: &TenantId, id: &GrantId) -> Result<Option<Grant>, Refusal> {
        for place in [Some(tenant), None] {
            match self.ledger.grant(place, id).await {
                Ok(grant) => return Ok(Some(grant)),
                Err(LedgerError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

fn counts_no_more(decision: &Decision) -> Refusal {
    let detail = format!(
        "`{}` approved it, and it cannot be confirmed that this approver may still give the role",
        decision.by
    );
    Refusal::new(ProblemKind::CONFLICT, detail)
        .with_remedy("Deny the request, and have it made anew.")
}
