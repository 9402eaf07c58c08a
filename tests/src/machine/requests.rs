//! Requests to the ledger, as the API makes them.

use tenancy::{
    DesiredState, Operation, OperationId, OperationKind, OperationState, Spec, Tenant, TenantId,
    blueprint::Catalog,
};
use tenantry_aws::ledger::Request;

use super::{AnyError, Machine};

impl Machine {
    /// Requests a tenant as the API does.
    ///
    /// # Errors
    /// The spec is invalid, or the ledger refuses.
    pub async fn request_tenant(&self, spec: serde_json::Value) -> Result<Tenant, AnyError> {
        self.request_tenant_as(TenantId::from_random(rand::random()), spec)
            .await
    }

    /// An id of which no scheduled audit reads the account's tags today or in the two days after: that would be a call more
    /// (decision 13).
    pub fn id_whose_tags_are_not_read(&self) -> TenantId {
        const EVERY_DAYS: i64 = 28;
        let day = self.now().as_second() / (24 * 3600);
        loop {
            let id = TenantId::from_random(rand::random());
            let offset = id.as_str().bytes().map(i64::from).sum::<i64>();
            if (1..EVERY_DAYS - 2).contains(&((day + offset) % EVERY_DAYS)) {
                return id;
            }
        }
    }

    /// Requests a tenant with a given id.
    ///
    /// # Errors
    /// As [`Machine::request_tenant`].
    pub async fn request_tenant_as(
        &self,
        id: TenantId,
        spec: serde_json::Value,
    ) -> Result<Tenant, AnyError> {
        let mut spec: Spec = serde_json::from_value(spec)?;
        let catalog = Catalog::built_in()?;
        spec.blueprint = catalog
            .find(&spec.blueprint)
            .ok_or("no such blueprint")?
            .reference();
        let now = self.now();
        let tenant = Tenant {
            account_email: self.settings.email_template.address(&id, 1)?,
            generation: 1,
            spec,
            spec_version: 1,
            desired_state: DesiredState::Present,
            account_id: None,
            cidrs: Default::default(),
            retired_tags: Default::default(),
            retired_keys: Default::default(),
            refused_sessions: Default::default(),
            components: Default::default(),
            open_operations: Vec::new(),
            open_findings: 0,
            open_drift: 0,
            created_at: now,
            created_by: "arn:aws:iam::111111111111:user/scenario".into(),
            updated_at: now,
            ready_at: None,
            audited_at: None,
            due_at: Some(now),
            closed_at: None,
            history_length: 0,
            history_head: String::new(),
            other: Default::default(),
            id,
        };
        let operation = self.operation(&tenant.id, OperationKind::Onboard);
        Ok(self
            .ledger
            .create_tenant(&tenant, &operation, &self.request())
            .await?
            .tenant)
    }

    /// A new operation, as the API creates it.
    pub fn operation(&self, tenant: &TenantId, kind: OperationKind) -> Operation {
        let now = self.now();
        Operation {
            id: OperationId::from_random(tenant, rand::random()),
            tenant_id: tenant.clone(),
            kind,
            state: OperationState::Pending,
            spec_version: 1,
            requested_by: "arn:aws:iam::111111111111:user/scenario".into(),
            created_at: now,
            updated_at: now,
            obstacles: Vec::new(),
            requested_again_at: None,
            again_because: None,
            outcome: None,
            other: Default::default(),
        }
    }

    /// The request of an operation, in scenarios.
    pub fn request(&self) -> Request {
        Request {
            actor: "arn:aws:iam::111111111111:user/scenario".into(),
            request_id: "scenario".into(),
            at: self.now(),
            idempotency: None,
        }
    }
}
