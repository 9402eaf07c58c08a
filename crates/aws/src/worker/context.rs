//! What a pass is given: who runs it, for whom, and what of the tenant's record decides how it observes.

use std::{collections::BTreeSet, sync::Arc};

use tenancy::{
    ComponentName, ComponentState, FindingState, Operation, OperationKind, Timestamp, Verb,
};

use super::{Worker, requester};
use crate::{
    ledger::{Lease, Loaded},
    pass::{PassContext, PassInputs},
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
        .any(|operation| operation.kind == OperationKind::Update)
}

/// When an audit or a repair was last requested: caches are for schedules, and who asks gets a fresh observation.
fn fresh_after(operations: &[Operation]) -> Option<Timestamp> {
    let asked = |operation: &&Operation| {
        operation.is_known()
            && matches!(operation.kind, OperationKind::Audit | OperationKind::Repair)
    };
    let asked = operations.iter().filter(asked);
    asked.map(|operation| operation.created_at).max()
}
