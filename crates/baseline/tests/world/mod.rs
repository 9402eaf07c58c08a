//! An imagined AWS: what an effect would teach is what is there from then on. It can lose power at any effect.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use baseline::{
    Change, Component, Deployment, Desired, Home, Journal, Outcome, PassReport, Port, Row,
    access::Access, access_analyzer::AccessAnalyzers, account::Account, alerting::Alerting,
    billing::Billing, bind, contacts::Contacts, dashboard::Dashboards,
    event_forwarding::EventForwarding, guard::Guard, identity::Identity, key_pair::KeyPairs,
    keys::Keys, network::Network, placement::Placement, resource_group::ResourceGroups,
    root_user::RootUser, trail::Trail,
};
use tenancy::{AccountId, ComponentName, DesiredState, Failure, FailureKind, blueprint::Catalog};

/// Loses power at the n-th effect, before or after it took place; every effect after it in the same pass is lost as well.
#[derive(Clone, Copy)]
pub struct Fault {
    pub nth: usize,
    pub after: bool,
}

#[derive(Default)]
struct State {
    seen: BTreeMap<ComponentName, Box<dyn Any + Send>>,
    account: Option<AccountId>,
    effects: Vec<(ComponentName, String)>,
    notes: BTreeSet<(ComponentName, String)>,
    fault: Option<Fault>,
    dark: bool,
    refused: Option<ComponentName>,
    full: Option<(ComponentName, String)>,
    hidden: Option<ComponentName>,
}

#[derive(Default, Clone)]
pub struct World(Arc<Mutex<State>>);

impl World {
    pub async fn settled() -> Self {
        let world = Self::default();
        assert!(world.onboard(&tenant()).await.is_settled());
        world
    }

    /// Every component of the table, on this world.
    pub fn rows(&self) -> Vec<Box<dyn Row>> {
        let port = || self.clone();
        vec![
            bind::<Account, _>(port()),
            bind::<Placement, _>(port()),
            bind::<Access, _>(port()),
            bind::<Identity, _>(port()),
            bind::<Keys, _>(port()),
            bind::<KeyPairs, _>(port()),
            bind::<Network, _>(port()),
            bind::<Guard, _>(port()),
            bind::<Contacts, _>(port()),
            bind::<AccessAnalyzers, _>(port()),
            bind::<Billing, _>(port()),
            bind::<ResourceGroups, _>(port()),
            bind::<RootUser, _>(port()),
            bind::<Trail, _>(port()),
            bind::<Alerting, _>(port()),
            bind::<EventForwarding, _>(port()),
            bind::<Dashboards, _>(port()),
        ]
    }

    pub async fn onboard(&self, desired: &Desired) -> PassReport {
        baseline::onboard(&self.rows(), self, desired).await
    }

    pub async fn audit(&self, desired: &Desired) -> PassReport {
        baseline::audit(&self.rows(), desired).await
    }

    pub async fn offboard(&self, desired: &Desired) -> PassReport {
        baseline::offboard(&self.rows(), self, desired, false).await
    }

    pub fn writes(&self) -> usize {
        self.0.lock().unwrap().effects.len()
    }

    /// Every effect that took place, each once, in no order.
    pub fn effects(&self) -> BTreeMap<(ComponentName, String), usize> {
        let mut count = BTreeMap::new();
        for effect in &self.0.lock().unwrap().effects {
            *count.entry(effect.clone()).or_default() += 1;
        }
        count
    }

    pub fn order_of_components(&self, from: usize) -> Vec<ComponentName> {
        self.0.lock().unwrap().effects[from..]
            .iter()
            .map(|(component, _)| *component)
            .collect()
    }

    pub fn break_at(&self, fault: Fault) {
        self.0.lock().unwrap().fault = Some(fault);
    }

    pub fn refuse(&self, component: ComponentName) {
        self.0.lock().unwrap().refused = Some(component);
    }

    /// There is no room for one effect of a component.
    pub fn fill(&self, component: ComponentName, key: &str) {
        self.0.lock().unwrap().full = Some((component, key.to_owned()));
    }

    /// The auditor may not read it.
    pub fn hide(&self, component: ComponentName) {
        self.0.lock().unwrap().hidden = Some(component);
    }

    /// All that was there of a component is lost.
    pub fn lose(&self, component: ComponentName) {
        self.0.lock().unwrap().seen.remove(&component);
    }

    /// The next pass: power is back, and notes are cached no more.
    pub fn pass_time(&self) {
        let mut state = self.0.lock().unwrap();
        state.dark = false;
        state.notes.clear();
    }

    pub fn desired(&self, desired: Desired) -> Desired {
        let account = self.0.lock().unwrap().account.clone();
        Desired { account, ..desired }
    }
}

fn denied(doing: &str) -> Failure {
    Failure::park(FailureKind::Denied, doing, "refused", "refused", "nothing")
}

fn full() -> Failure {
    Failure::park(FailureKind::Quota, "applying", "full", "full", "nothing")
}

fn lost() -> Failure {
    Failure::retry(FailureKind::Unknown, "applying", "power lost", 1)
}

#[async_trait]
impl<C: Component> Port<C> for World {
    async fn observe(&self, _desired: &Desired) -> Result<C::Observation, Failure> {
        let state = self.0.lock().unwrap();
        if state.dark {
            return Err(lost());
        }
        if state.hidden == Some(C::NAME) {
            return Err(denied("looking"));
        }
        Ok(state
            .seen
            .get(&C::NAME)
            .and_then(|seen| seen.downcast_ref::<C::Observation>())
            .cloned()
            .unwrap_or_default())
    }

    async fn apply(&self, desired: &Desired, change: &C::Change) -> Result<C::Fact, Failure> {
        // A call takes a while, in which components that run side by side go on: their order here is that of their needs alone.
        tokio::task::yield_now().await;
        let mut state = self.0.lock().unwrap();
        if state.refused == Some(C::NAME) {
            return Err(denied("applying"));
        }
        if state.full == Some((C::NAME, change.key())) {
            return Err(full());
        }
        let fault = state
            .fault
            .filter(|fault| fault.nth == state.effects.len() + 1);
        if state.dark || fault.is_some_and(|fault| !fault.after) {
            state.dark = true;
            state.fault = None;
            return Err(lost());
        }
        let fact = C::imagine(desired, change);
        let mut seen = state
            .seen
            .remove(&C::NAME)
            .and_then(|seen| seen.downcast::<C::Observation>().ok())
            .map(|seen| *seen)
            .unwrap_or_default();
        C::learn(&mut seen, fact.clone());
        let mut taught = desired.clone();
        C::teach(&seen, &mut taught);
        if C::NAME == ComponentName::ACCOUNT && taught.account.is_some() {
            state.account = taught.account;
        }
        state.seen.insert(C::NAME, Box::new(seen));
        state.effects.push((C::NAME, change.key()));
        if fault.is_some() {
            state.dark = true;
            state.fault = None;
            return Err(lost());
        }
        Ok(fact)
    }
}

#[async_trait]
impl Journal for World {
    async fn note(
        &self,
        component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure> {
        let mut state = self.0.lock().unwrap();
        Ok(keys
            .iter()
            .map(|key| (!state.notes.insert((component, key.clone()))).then_some(5))
            .collect())
    }

    async fn unnote(&self, component: ComponentName, key: &str) -> Result<(), Failure> {
        self.0
            .lock()
            .unwrap()
            .notes
            .remove(&(component, key.to_owned()));
        Ok(())
    }

    async fn record(&self, _outcome: &Outcome) -> Result<(), Failure> {
        Ok(())
    }
}

/// A `standard` tenant with one NAT gateway.
pub fn tenant() -> Desired {
    let spec = serde_json::from_value(serde_json::json!({
        "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "egress": "single-nat", "budget": { "monthlyUsd": 500 },
        "contacts": { "billing": { "name": "Ann", "email": "ann@acme.example", "phone": "+49 30 1234" } },
    }))
    .unwrap();
    let region: tenancy::Region = "eu-central-1".parse().unwrap();
    let catalog = Catalog::built_in().unwrap();
    let blueprint = catalog.find(&"standard@1.0.0".parse().unwrap()).unwrap();
    let regions = [region.clone()];
    Desired {
        tenant: tenancy::TenantId::from_random([1; 10]),
        generation: 1,
        slug: "acme".parse().unwrap(),
        name: "Acme".into(),
        email: "aws+acme@example.com".parse().unwrap(),
        desired_state: DesiredState::Present,
        home: Home::Tenants,
        account: None,
        spec: tenancy::EffectiveSpec {
            keys: true,
            alerting: true,
            trail_log_retention_days: Some(365),
            access_analyzer: true,
            unused_access_days: Some(90),
            anomalies: serde_json::from_value(serde_json::json!({ "thresholdUsd": 50 })).unwrap(),
            resource_group: true,
            event_forwarding: true,
            dashboard: true,
            support_role: true,
            encryption: tenancy::blueprint::Encryption::TenantKey,
            key_pair: true,
            ..blueprint.resolve(&spec, &regions, &region).unwrap()
        },
        cidrs: BTreeMap::from([(region.clone(), "10.0.0.0/20".parse().unwrap())]),
        deployment: Arc::new(Deployment {
            organization_id: "o-example123".into(),
            onboard_role_arn: "arn:aws:iam::222222222222:role/tenantry-onboard".into(),
            audit_role_arn: "arn:aws:iam::222222222222:role/tenantry-audit".into(),
            offboard_role_arn: "arn:aws:iam::222222222222:role/tenantry-offboard".into(),
            credentials_role_arn: "arn:aws:iam::222222222222:role/tenantry-credentials".into(),
            access_role_arn: "arn:aws:iam::222222222222:role/tenantry-access".into(),
            bootstrap_role: "OrganizationAccountAccessRole".into(),
            allowed_regions: vec![region],
            management_account: "111111111111".into(),
            installation: "111111111111/tenantry".into(),
            bus_arn: "arn:aws:events:eu-central-1:111111111111:event-bus/tenantry".into(),
            name_prefix: String::new(),
            prices: tenancy::cost::Prices::built_in().unwrap(),
        }),
        components: baseline::Components(baseline::BASELINE),
        outputs: baseline::Outputs::default(),
        without_network: None,
        retired_tags: Default::default(),
        retired_keys: Default::default(),
        refused_sessions: Default::default(),
        recorded: baseline::Recorded::default(),
    }
}

/// The same tenant, leaving.
pub fn leaving() -> Desired {
    Desired {
        desired_state: DesiredState::Absent,
        ..tenant()
    }
}
