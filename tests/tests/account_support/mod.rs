//! One tenant's account on a local AWS with IAM enforced, and passes over it that work on single components.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{sync::Arc, time::Instant};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use baseline::{Desired, Home, Outcome};
use jiff::SignedDuration;
use scenarios::{
    machine::{AnyError, Machine, as_worker},
    proxy::{Config, Record},
};
use serde_json::json;
use tenancy::{
    AccountId, ComponentName, ComponentState, DesiredState, Tenant, TenantId, Timestamp, Verb,
    blueprint::Catalog,
};
use tenantry_aws::{
    clock::Clock,
    organization::OrganizationCache,
    pass::{PassContext, PassInputs, PassJournal},
    queue::Queues,
    rows::Components,
    session::Aws,
};

/// The tenant's account.
pub const ACCOUNT: &str = "444455556666";
const MANAGEMENT: &str = "111111111111";

/// A tenant with an account that only has the role Organizations makes.
pub struct Scene {
    pub machine: Machine,
    pub tenant: Tenant,
    pub desired: Desired,
}

impl Scene {
    pub async fn begin() -> Result<Self, AnyError> {
        Self::begin_with(Config::default()).await
    }

    /// The same behind a proxy that is configured so.
    pub async fn begin_with(config: Config) -> Result<Self, AnyError> {
        let machine = Machine::start(config).await?;
        let root = machine.account_root(ACCOUNT)?;
        let iam = aws_sdk_iam::Client::new(&root);
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}}]});
        let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        iam.create_role()
            .role_name("OrganizationAccountAccessRole")
            .assume_role_policy_document(trust.to_string())
            .send()
            .await?;
        iam.put_role_policy()
            .role_name("OrganizationAccountAccessRole")
            .policy_name("all")
            .policy_document(all.to_string())
            .send()
            .await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0"});
        let tenant = machine.request_tenant(spec).await?;
        let desired = desired(&machine, &tenant, ACCOUNT.parse().ok())?;
        machine.aws.proxy.forget_calls();
        Ok(Self {
            machine,
            tenant,
            desired,
        })
    }

    /// The same tenant, leaving.
    pub fn leaving(&self) -> Desired {
        Desired {
            desired_state: DesiredState::Absent,
            home: Home::Quarantine,
            ..self.desired.clone()
        }
    }

    /// A function's own session.
    pub async fn function(&self, verb: Verb) -> Result<SdkConfig, AnyError> {
        let verb = match verb {
            Verb::Onboard => "onboard",
            Verb::Audit => "audit",
            Verb::Offboard => "offboard",
        };
        let arn = format!("arn:aws:iam::{MANAGEMENT}:role/tenantry-{verb}");
        self.assume(self.machine.root(), &arn, None).await
    }

    /// A session in a role of the tenant's people, as the function `access` opens it.
    pub async fn opened(&self, role: &str) -> Result<SdkConfig, AnyError> {
        self.opened_for(role, "scenario", None).await
    }

    /// The same for somebody, by a grant.
    pub async fn opened_for(
        &self,
        role: &str,
        name: &str,
        grant: Option<&str>,
    ) -> Result<SdkConfig, AnyError> {
        let from = self.machine.function_named("access").await?;
        let tag = |key: &str, value: &str| {
            let tag = aws_sdk_sts::types::Tag::builder();
            tag.key(key).value(value).build()
        };
        let mut tags = vec![tag(tenancy::names::TAG_TENANT, self.tenant.id.as_str())?];
        if let Some(grant) = grant {
            tags.push(tag(tenancy::names::TAG_GRANT, grant)?);
        }
        let call = aws_sdk_sts::Client::new(&from).assume_role();
        let call = call.role_arn(tenancy::names::tenant_role_arn(&ACCOUNT.parse()?, role));
        let call = call.role_session_name("scenario");
        let call = call.external_id(self.tenant.id.as_str());
        let call = call.source_identity(name).set_tags(Some(tags));
        in_session(&from, call.send().await?.credentials)
    }

    /// A session in any role, from another.
    pub async fn assume(
        &self,
        from: &SdkConfig,
        arn: &str,
        external_id: Option<&TenantId>,
    ) -> Result<SdkConfig, AnyError> {
        let given = aws_sdk_sts::Client::new(from)
            .assume_role()
            .role_arn(arn)
            .role_session_name("scenario")
            .set_external_id(external_id.map(ToString::to_string))
            .send()
            .await?
            .credentials;
        in_session(from, given)
    }

    /// A new pass, as a new invocation of a function makes it.
    pub async fn pass(&self, verb: Verb) -> Result<(Arc<PassContext>, PassJournal), AnyError> {
        let now = self.machine.now();
        let ledger = &self.machine.ledger;
        let hour = SignedDuration::from_hours(1);
        let lease = ledger
            .acquire_lease(&self.tenant.id, "scenario", now, hour)
            .await?
            .ok_or("no lease")?;
        let loaded = ledger.load(&self.tenant.id).await?;
        let pass = PassContext::new(PassInputs {
            aws: Aws::new(as_worker(&self.function(verb).await?)?),
            settings: Arc::new(self.machine.settings.clone()),
            ledger: ledger.clone(),
            queues: Queues::new(
                aws_sdk_sqs::Client::new(self.machine.root()),
                &self.machine.settings,
            ),
            lease,
            verb,
            requester: "arn:aws:iam::111111111111:user/scenario".into(),
            intents: loaded.intents,
            changed_at: tenancy::Timestamp::UNIX_EPOCH,
            asked_at: None,
            updating: false,
            settled: Default::default(),
            clock: running_from(now),
        });
        let journal = PassJournal::new(&pass, loaded.tenant.components);
        Ok((pass, journal))
    }

    /// Works on components, in order, in one pass.
    pub async fn reconcile(
        &self,
        verb: Verb,
        desired: &Desired,
        names: &[ComponentName],
    ) -> Result<Vec<Outcome>, AnyError> {
        let (pass, journal) = self.pass(verb).await?;
        let rows = Components::new(&pass, &Arc::new(OrganizationCache::default())).rows;
        let mut outcomes = Vec::new();
        for name in names {
            let row = rows.iter().find(|row| row.name() == *name);
            let row = row.ok_or("no such component")?;
            let mut desired = desired.clone();
            outcomes.push(row.reconcile(&journal, &mut desired, None).await);
        }
        Ok(outcomes)
    }

    /// Audits components in one pass.
    pub async fn audit(&self, names: &[ComponentName]) -> Result<Vec<Outcome>, AnyError> {
        let (pass, _) = self.pass(Verb::Audit).await?;
        let mut rows = Components::new(&pass, &Arc::new(OrganizationCache::default())).rows;
        rows.retain(|row| names.contains(&row.name()));
        Ok(baseline::audit(&rows, &self.desired).await.outcomes)
    }

    /// A pass over one component, after our roles, and what it leaves in the ledger.
    pub async fn pass_over(
        &mut self,
        component: ComponentName,
        verb: Verb,
    ) -> Result<Outcome, AnyError> {
        let names = [ComponentName::ACCESS, component];
        let outcomes = self.reconcile(verb, &self.desired, &names).await?;
        let outcome = outcomes.into_iter().last().ok_or("no outcome")?;
        let recorded = [(component, outcome.resources.clone())];
        self.desired.recorded = baseline::Recorded::new(recorded);
        Ok(outcome)
    }

    /// A pass after which one component is as wanted; its calls are forgotten.
    pub async fn settle(&mut self, component: ComponentName) -> Result<Outcome, AnyError> {
        let outcome = self.pass_over(component, Verb::Onboard).await?;
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
        self.machine.aws.proxy.forget_calls();
        Ok(outcome)
    }

    /// An audit of one component.
    pub async fn audit_of(&self, component: ComponentName) -> Result<Outcome, AnyError> {
        let outcomes = self.audit(&[component]).await?;
        Ok(outcomes.into_iter().next().ok_or("no outcome")?)
    }

    /// The account's root user in a Region.
    pub fn root_in(&self, region: &'static str) -> Result<SdkConfig, AnyError> {
        let root = self.machine.account_root(ACCOUNT)?;
        Ok(root
            .to_builder()
            .region(aws_config::Region::new(region))
            .build())
    }

    /// The workers' calls in the tenant's account since the last reset, as `service:Operation`.
    pub fn calls(&self) -> Vec<Record> {
        let calls = self.machine.aws.proxy.calls();
        calls
            .into_iter()
            .filter(|call| call.account == ACCOUNT)
            .collect()
    }
}

/// A clock that goes on from `now`: a pass that waits for a token would wait for ever by one that stands still.
fn running_from(now: Timestamp) -> Clock {
    let begun = Instant::now();
    Arc::new(move || now + SignedDuration::try_from(begun.elapsed()).unwrap_or_default())
}

/// What is wanted of a tenant that is to be there.
pub fn desired(
    machine: &Machine,
    tenant: &Tenant,
    account: Option<AccountId>,
) -> Result<Desired, AnyError> {
    let deployment = Arc::clone(&machine.settings.deployment);
    let catalog = Catalog::built_in()?;
    let blueprint = catalog
        .find(&tenant.spec.blueprint)
        .ok_or("no such blueprint")?;
    Ok(Desired {
        tenant: tenant.id.clone(),
        generation: 1,
        slug: tenant.spec.slug.clone(),
        name: tenant.spec.name.clone(),
        email: tenant.account_email.clone(),
        desired_state: DesiredState::Present,
        home: Home::Tenants,
        account,
        spec: blueprint
            .resolve(
                &tenant.spec,
                &deployment.allowed_regions,
                &machine.settings.home_region,
            )
            .map_err(|errors| format!("{errors:?}"))?,
        cidrs: tenant.cidrs.clone(),
        deployment,
        components: baseline::Components(baseline::BASELINE),
        outputs: baseline::Outputs::default(),
        without_network: None,
        retired_tags: tenant.retired_tags.clone(),
        retired_keys: tenant.retired_keys.clone(),
        refused_sessions: tenant.refused_sessions.clone(),
        recorded: baseline::Recorded::default(),
    })
}

/// The same configuration, with the credentials of a session.
fn in_session(
    from: &SdkConfig,
    given: Option<aws_sdk_sts::types::Credentials>,
) -> Result<SdkConfig, AnyError> {
    let given = given.ok_or("no credentials")?;
    let credentials = Credentials::new(
        given.access_key_id,
        given.secret_access_key,
        Some(given.session_token),
        None,
        "scenario",
    );
    Ok(from
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}
