//! What a pass is given: who runs it, for whom, what is wanted, and what of the tenant's record decides how it observes.

use std::{collections::BTreeSet, sync::Arc};

use baseline::Desired;
use futures::{FutureExt, future::BoxFuture};
use tenancy::{
    ComponentName, ComponentState, Failure, FindingState, Operation, OperationKind, Timestamp, Verb,
};

use super::{
    Worker,
    dispatch::{Dispatch, dispatch},
};
use crate::{
    ledger::{Lease, Loaded},
    pass::{PassContext, PassInputs},
    rows::Components,
    session::{management_role, session_name},
};

impl Worker {
    pub(super) fn context(&self, lease: &Lease, loaded: &Loaded) -> Arc<PassContext> {
        PassContext::new(PassInputs {
            aws: self.aws.clone(),
            settings: Arc::clone(&self.settings),
            ledger: self.ledger.clone(),
            queues: self.queues.clone(),
            lease: lease.clone(),
            verb: self.verb,
            requester: requester(self.verb, loaded),
            intents: loaded.intents.clone(),
            changed_at: loaded.tenant.updated_at,
            asked_at: fresh_after(&loaded.operations),
            updating: self.verb == Verb::Onboard && is_updating(&loaded.operations),
            settled: settled(loaded),
            clock: Arc::clone(&self.clock),
        })
    }

    /// Opens the session that the pass will need, where our role has let us in before, while the lease is taken. Whoever needs it says
    /// why there is none.
    pub(super) fn enter_early(&self, loaded: Loaded) -> BoxFuture<'static, ()> {
        let (aws, verb, now) = (self.aws.clone(), self.verb, self.now());
        let enter = async move {
            let tenant = &loaded.tenant;
            let access = tenant.components.get(&ComponentName::ACCESS);
            let entered = access.is_some_and(|access| access.state == ComponentState::Ready);
            let works = matches!(dispatch(verb, &loaded), Dispatch::Work);
            if let Some(account) = tenant.account_id.as_ref().filter(|_| entered && works) {
                let name = session_name(&tenant.id, &requester(verb, &loaded));
                let role = management_role(account, verb, &tenant.id, name);
                let _ = aws.assume(role, now).await;
            }
        };
        enter.boxed()
    }

    /// What is wanted, once it is recorded what became of the account since the last pass: networks are taken for one that is there.
    pub(super) async fn prepared(
        &self,
        pass: &PassContext,
        components: &Components,
        loaded: &Loaded,
    ) -> Result<Desired, Failure> {
        let mut desired = self.desired(loaded).await?;
        components.record_progress(&desired).await;
        if components.account_is_found(&desired) {
            self.allocate(&pass.lease, &mut desired).await?;
        }
        Ok(desired)
    }
}

/// Who asked for the pass.
fn requester(verb: Verb, loaded: &Loaded) -> String {
    let asked = loaded.operations.last().map(|o| o.requested_by.clone());
    asked.unwrap_or_else(|| format!("tenantry/{}", verb.as_str()))
}

/// Components that were as wanted, without a finding of any kind.
fn settled(loaded: &Loaded) -> BTreeSet<ComponentName> {
    let open = |name: ComponentName| {
        let mut findings = loaded.findings.values();
        findings.any(|f| f.difference.component == name && f.state != FindingState::Resolved)
    };
    let components = loaded.tenant.components.iter();
    let ready = components.filter(|(_, status)| status.state == ComponentState::Ready);
    let ready = ready.map(|(name, _)| *name);
    ready.filter(|name| !open(*name)).collect()
}

fn is_updating(operations: &[Operation]) -> bool {
    let known = operations.iter().filter(|operation| operation.is_known());
    known
        .into_iter()
        .any(|operation| operation.kind.changes_what_is_wanted())
}

/// When an audit or a repair was last requested: caches are for schedules, and who asks gets a fresh observation.
fn fresh_after(operations: &[Operation]) -> Option<Timestamp> {
    let asked = |operation: &&Operation| {
        operation.is_known()
            && matches!(operation.kind, OperationKind::Audit | OperationKind::Repair)
    };
    let asked = operations.iter().filter(asked);
    asked.map(Operation::last_requested_at).max()
}

#[cfg(test)]
#[test]
fn what_was_read_before_an_audit_was_requested_again_is_read_anew() {
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let id = tenancy::TenantId::from_random([1; 10]);
    let operation = |kind: &str, second: i64| -> Operation {
        let row = serde_json::json!({
            "id": tenancy::OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": kind, "state": "pending",
            "specVersion": 1, "requestedBy": "somebody", "createdAt": at(second), "updatedAt": at(second),
        });
        serde_json::from_value(row).unwrap()
    };
    let (onboard, audit) = (operation("onboard", 900), operation("audit", 100));
    let asked = |audit: &Operation| fresh_after(&[onboard.clone(), audit.clone()]);
    assert_eq!(asked(&audit), Some(at(100)));
    assert_eq!(asked(&audit.requested_again(at(300))), Some(at(300)));
    assert_eq!(
        fresh_after(std::slice::from_ref(&onboard)),
        None,
        "nobody asked for a look"
    );
}
