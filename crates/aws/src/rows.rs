//! The components of this release, each bound to the port that carries it out.

use std::sync::Arc;

use baseline::{
    Desired, Row,
    access::Access,
    access_analyzer::AccessAnalyzers,
    account::Account,
    alerting::Alerting,
    billing::Billing,
    bind,
    contacts::Contacts,
    dashboard::Dashboards,
    declared::{DeclaredPort, Resource, ResourcePort, kind_port},
    event_forwarding::EventForwarding,
    guard::Guard,
    identity::Identity,
    key_pair::KeyPairs,
    keys::Keys,
    network::Network,
    placement::Placement,
    resource_group::ResourceGroups,
    root_user::RootUser,
    trail::Trail,
};

use crate::{
    access::AccessPort,
    account::AccountPort,
    early::EarlyObservations,
    guard,
    identities::{TenantIam, Via},
    identity,
    organization::{OrganizationCache, SharedOrganization},
    pass::PassContext,
    placement::PlacementPort,
    resources::{
        AlarmPort, AnalyzerPort, AnomalyMonitorPort, AnomalySubscriptionPort, BudgetPort,
        ContactPort, DashboardPort, EventRulePort, KeyPairPort, KmsKeyPort, MetricFilterPort,
        Monitors, ResourceGroupPort, RolePort, RootUserPort, SecretPort, SubscriptionPort,
        TopicPort,
    },
    trail,
};

pub use crate::network::NetworkPort;

/// The components of one pass.
pub struct Components {
    /// The rows of [`baseline::BASELINE`], in the same order.
    pub rows: Vec<Box<dyn Row>>,
    account: Arc<AccountPort>,
    organization: Arc<SharedOrganization>,
}

/// The port of a component of one kind of resource.
fn of_one<R: Resource, P: ResourcePort<R> + 'static>(port: P) -> DeclaredPort {
    DeclaredPort(vec![kind_port::<R, P>(port)])
}

/// The port of the component `key-pair`.
fn key_pairs(pass: &Arc<PassContext>, iam: &Arc<TenantIam>) -> DeclaredPort {
    let reader = RolePort {
        iam: Arc::clone(iam),
        sessions_at: None,
    };
    DeclaredPort(vec![
        kind_port(KeyPairPort(Arc::clone(pass))),
        kind_port(SecretPort(Arc::clone(pass))),
        kind_port(reader),
    ])
}

/// The port of the component `billing`.
fn billing(pass: &Arc<PassContext>) -> DeclaredPort {
    let monitors = Monitors::new(pass);
    DeclaredPort(vec![
        kind_port(BudgetPort(Arc::clone(pass))),
        kind_port(AnomalyMonitorPort(Arc::clone(&monitors))),
        kind_port(AnomalySubscriptionPort(monitors)),
    ])
}

/// The port of the component `alerting`.
fn alerting(pass: &Arc<PassContext>) -> DeclaredPort {
    DeclaredPort(vec![
        kind_port(TopicPort(Arc::clone(pass))),
        kind_port(SubscriptionPort(Arc::clone(pass))),
        kind_port(MetricFilterPort(Arc::clone(pass))),
        kind_port(AlarmPort(Arc::clone(pass))),
    ])
}

/// The port of the component `event-forwarding`.
fn event_forwarding(pass: &Arc<PassContext>, iam: &Arc<TenantIam>) -> DeclaredPort {
    let forwarder = RolePort {
        iam: Arc::clone(iam),
        sessions_at: None,
    };
    let rules = EventRulePort(Arc::clone(pass));
    DeclaredPort(vec![kind_port(rules), kind_port(forwarder)])
}

impl Components {
    /// Binds every component to its port in this pass.
    pub fn new(pass: &Arc<PassContext>, cache: &Arc<OrganizationCache>) -> Self {
        let organization = SharedOrganization::new(pass, cache);
        let account = Arc::new(AccountPort::new(pass, &organization));
        let iam = TenantIam::new(pass, Via::Management);
        let early = Arc::new(EarlyObservations::new(pass));
        let rows = vec![
            bind::<Account, _>(Arc::clone(&account)),
            bind::<Placement, _>(PlacementPort::new(pass, &organization)),
            bind::<Access, _>(AccessPort::new(pass, &iam, &early)),
            bind::<Identity, _>(identity::port(&iam, &organization)),
            bind::<Keys, _>(of_one(KmsKeyPort(Arc::clone(pass)))),
            bind::<KeyPairs, _>(key_pairs(pass, &iam)),
            bind::<Network, _>(NetworkPort::sharing(pass, &iam)),
            bind::<Guard, _>(guard::port(pass)),
            bind::<Contacts, _>(of_one(ContactPort(Arc::clone(pass)))),
            bind::<AccessAnalyzers, _>(of_one(AnalyzerPort(Arc::clone(pass)))),
            bind::<Billing, _>(billing(pass)),
            bind::<ResourceGroups, _>(of_one(ResourceGroupPort(Arc::clone(pass)))),
            bind::<RootUser, _>(of_one(RootUserPort(Arc::clone(pass)))),
            bind::<Trail, _>(trail::port(pass, &iam)),
            bind::<Alerting, _>(alerting(pass)),
            bind::<EventForwarding, _>(event_forwarding(pass, &iam)),
            bind::<Dashboards, _>(of_one(DashboardPort(Arc::clone(pass)))),
        ];
        Self {
            rows: early.of(rows),
            account,
            organization,
        }
    }

    /// Records, before the engine decides, what became of the account since the last pass: observing writes nothing.
    pub async fn record_progress(&self, desired: &Desired) {
        self.account.record_progress(desired).await;
    }

    /// Whether the tenant has an account, or one was found that is to be its own: what it needs of its own is taken from now on.
    pub fn account_is_found(&self, desired: &Desired) -> bool {
        self.account.is_found(desired)
    }

    /// The request for the account that the tenant waits for.
    pub(crate) fn request_in_flight(&self, desired: &Desired) -> Option<String> {
        self.account.request_in_flight(desired)
    }

    /// Shares what this pass read of the organization with other functions, once the engine is done. If that fails, they read
    /// it themselves.
    pub async fn share_organization(&self) {
        if let Err(failure) = self.organization.share().await {
            tracing::warn!("sharing what was read of the organization: {failure}");
        }
    }
}
