//! What an audit reports: not what an accepted change has yet to do, and what others made in the account.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

#[path = "audits/posture.rs"]
mod posture;
#[path = "audits/unreadable.rs"]
mod unreadable;

use std::collections::BTreeMap;

use scenarios::{
    machine::{AnyError, Machine},
    proxy::{Config, Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{
    Egress, FindingState, OperationKind, OperationState, Tenant, TenantId, Verb,
    finding::{Difference, Repair},
};
use tenantry_aws::worker::Worker;

struct Audited {
    machine: Machine,
    tenant: Tenant,
}

impl Audited {
    /// A tenant that is as its spec wants it.
    async fn begin(blueprint: &str) -> Result<Self, AnyError> {
        let machine = Machine::start_in(Config::default(), &["us-east-1", "eu-central-1"]).await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": blueprint, "regions": ["us-east-1"]});
        let id = machine.id_whose_tags_are_not_read();
        let tenant = machine.request_tenant_as(id, spec).await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant.id, 40).await?;
        let tenant = machine.ledger.tenant(&tenant.id).await?;
        Ok(Self { machine, tenant })
    }

    async fn open(&self) -> Result<Vec<String>, AnyError> {
        let ledger = &self.machine.ledger;
        let state = Some(FindingState::Open);
        let found = ledger
            .findings(&self.tenant.id, state, None, 100, None)
            .await?;
        let keys = found
            .items
            .into_iter()
            .map(|finding| finding.difference.key);
        Ok(keys.collect())
    }

    async fn ask(&self, kind: OperationKind) -> Result<tenancy::OperationId, AnyError> {
        let operation = self.machine.operation(&self.tenant.id, kind);
        let (ledger, request) = (&self.machine.ledger, self.machine.request());
        ledger.request_operation(&operation, &request).await?;
        Ok(operation.id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_accepted_change_has_yet_to_do_is_no_drift() -> Result<(), AnyError> {
    let audited = Audited::begin("standard@1.0.0").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let mut spec = audited.tenant.spec.clone();
    spec.regions = Some(vec!["us-east-1".parse()?, "eu-central-1".parse()?]);
    spec.egress = Some(Egress::None);
    let update = machine.operation(id, OperationKind::Update);
    machine
        .ledger
        .change_spec(id, None, &spec, &update, &machine.request())
        .await?;
    let asked = audited.ask(OperationKind::Audit).await?;

    let audit = machine.worker(Verb::Audit).await?;
    audit.work(id).await?;
    assert_eq!(audited.open().await?, [""; 0]);
    let history = machine.ledger.history(id, 100, None).await?;
    let entries = history.items.iter();
    let drift = entries.filter(|entry| entry.action == "drift-found");
    assert_eq!(drift.count(), 0);

    let onboard = machine.worker(Verb::Onboard).await?;
    for _ in 0..40 {
        onboard.work(id).await?;
        audit.work(id).await?;
        assert_eq!(audited.open().await?, [""; 0]);
        let audit = machine.ledger.operation(&asked).await?;
        if audit.operation.state == OperationState::Succeeded {
            let tenant = machine.ledger.tenant(id).await?;
            assert_eq!(tenant.open_operations, []);
            return Ok(());
        }
        machine.advance(30);
    }
    Err("the audit that was requested never came".into())
}

/// An administrator role that somebody outside the organization may take on.
async fn make_foreign_administrator(iam: &aws_sdk_iam::Client, name: &str) -> Result<(), AnyError> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}]});
    let make = iam.create_role().role_name(name);
    make.assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.attach_role_policy()
        .role_name(name)
        .policy_arn(all)
        .send()
        .await?;
    Ok(())
}

/// A user with keys, one with a password, an administrator for another account, a trail, and a VPC with a gateway: that of the last two.
async fn make_strangers(root: &aws_types::SdkConfig) -> Result<(String, String), AnyError> {
    let iam = aws_sdk_iam::Client::new(root);
    iam.create_user().user_name("ci").send().await?;
    iam.create_access_key().user_name("ci").send().await?;
    iam.create_user().user_name("without-keys").send().await?;
    iam.create_user().user_name("ann").send().await?;
    let profile = iam.create_login_profile().user_name("ann");
    profile.password("An-Example-4711").send().await?;
    make_foreign_administrator(&iam, "support").await?;
    let s3 = aws_sdk_s3::Client::new(root);
    s3.create_bucket()
        .bucket("their-trail-bucket")
        .send()
        .await?;
    let cloudtrail = aws_sdk_cloudtrail::Client::new(root);
    let make = cloudtrail.create_trail().name("theirs");
    make.s3_bucket_name("their-trail-bucket").send().await?;
    let ec2 = aws_sdk_ec2::Client::new(root);
    let vpc = ec2.create_vpc().cidr_block("192.168.0.0/24").send().await?;
    let vpc = vpc.vpc.and_then(|vpc| vpc.vpc_id).ok_or("no VPC")?;
    let gateway = ec2.create_internet_gateway().send().await?;
    let gateway = gateway
        .internet_gateway
        .and_then(|it| it.internet_gateway_id);
    let gateway = gateway.ok_or("no gateway")?;
    let attach = ec2.attach_internet_gateway().vpc_id(&vpc);
    attach.internet_gateway_id(&gateway).send().await?;
    Ok((vpc, gateway))
}

/// All of them as AWS has them: the users' ways in, whom the role trusts and what it may do, the trail, and where the gateway is.
async fn as_they_are(
    root: &aws_types::SdkConfig,
    gateway: &str,
) -> Result<BTreeMap<&'static str, String>, AnyError> {
    let iam = aws_sdk_iam::Client::new(root);
    let keys = iam.list_access_keys().user_name("ci").send().await?;
    let password = iam.get_login_profile().user_name("ann").send().await?;
    let role = iam.get_role().role_name("support").send().await?;
    let role = role.role.ok_or("no role")?;
    let trust = role.assume_role_policy_document().unwrap_or_default();
    let rights = iam.list_attached_role_policies().role_name("support");
    let rights = rights.send().await?;
    let cloudtrail = aws_sdk_cloudtrail::Client::new(root);
    let trail = cloudtrail.get_trail().name("theirs").send().await?;
    let ec2 = aws_sdk_ec2::Client::new(root);
    let gateways = ec2
        .describe_internet_gateways()
        .internet_gateway_ids(gateway);
    let gateways = gateways.send().await?;
    let attached = gateways.internet_gateways().iter();
    let attached: Vec<_> = attached.flat_map(|one| one.attachments()).collect();
    Ok(BTreeMap::from([
        ("keys", format!("{:?}", keys.access_key_metadata)),
        ("password", format!("{:?}", password.login_profile)),
        ("trust", trust.to_owned()),
        ("rights", format!("{:?}", rights.attached_policies)),
        ("trail", format!("{:?}", trail.trail)),
        ("gateway", format!("{attached:?}")),
    ]))
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_in_the_account_are_reported_and_never_touched() -> Result<(), AnyError> {
    let audited = Box::pin(Audited::begin("standard@1.0.0")).await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let account = audited.tenant.account_id.clone().ok_or("no account")?;
    let root = machine.account_root(account.as_str())?;
    let audit = machine.worker(Verb::Audit).await?;
    audit.work(id).await?;
    assert_eq!(audited.open().await?, [""; 0]);

    let (vpc, gateway) = Box::pin(make_strangers(&root)).await?;
    let made = Box::pin(as_they_are(&root, &gateway)).await?;
    for (what, there) in [
        ("keys", "AccessKeyMetadata"),
        ("trust", "999999999999"),
        ("rights", "AdministratorAccess"),
        ("trail", "their-trail-bucket"),
        ("gateway", vpc.as_str()),
    ] {
        assert!(made[what].contains(there), "{what}: {}", made[what]);
    }
    let strangers = [
        "TNT.IAM.1",
        "TNT.IAM.2",
        "TNT.IAM.3",
        "TNT.NETWORK.1",
        "TNT.TRAIL.6",
    ];
    audit.work(id).await?;
    assert_eq!(audited.open().await?, strangers);
    let found = machine.ledger.findings(id, None, None, 10, None).await?;
    for finding in &found.items {
        let Difference {
            key,
            repair,
            remedy,
            ..
        } = &finding.difference;
        assert_eq!(*repair, Repair::Person, "{key}: only a person can act");
        assert!(!remedy.is_empty(), "{key}: and is told how");
    }
    let said: Vec<String> = found
        .items
        .iter()
        .map(|f| f.difference.found.clone())
        .collect();
    for name in [
        "ci",
        "ann",
        "support",
        "999999999999",
        "theirs",
        vpc.as_str(),
        "us-east-1",
    ] {
        assert!(
            said.iter().any(|found| found.contains(name)),
            "{name}: {said:?}"
        );
    }
    assert!(
        !said.iter().any(|found| found.contains("without-keys")),
        "{said:?}"
    );
    let tenant = machine.ledger.tenant(id).await?;
    assert_eq!(tenant.phase(), tenancy::Phase::Active, "nobody is held up");

    audited.ask(OperationKind::Repair).await?;
    let onboard = machine.worker(Verb::Onboard).await?;
    machine.settle(&onboard, id, 10).await?;
    assert_eq!(audited.open().await?, strangers);
    assert_eq!(Box::pin(as_they_are(&root, &gateway)).await?, made);
    Ok(())
}

type Tags = BTreeMap<String, String>;

impl Audited {
    /// The tags of the account and of one resource of each service, by what it is.
    async fn tags(&self) -> Result<Vec<(&'static str, Tags)>, AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        let account = tenant.account_id.ok_or("no account")?;
        let root = self.machine.account_root(account.as_str())?;
        let organizations = aws_sdk_organizations::Client::new(self.machine.root());
        let of_account = organizations
            .list_tags_for_resource()
            .resource_id(account.as_str());
        let of_account = of_account.send().await?.tags.unwrap_or_default();
        let iam = aws_sdk_iam::Client::new(&root);
        let of_role = iam
            .list_role_tags()
            .role_name("tenant-administrator")
            .send()
            .await?
            .tags;
        let boundary = format!("arn:aws:iam::{account}:policy/tenant/tenant-boundary");
        let of_policy = iam
            .list_policy_tags()
            .policy_arn(boundary)
            .send()
            .await?
            .tags;
        let of_profile = iam
            .list_instance_profile_tags()
            .instance_profile_name("tenant-instance");
        let of_profile = of_profile.send().await?.tags;
        let s3 = aws_sdk_s3::Client::new(&root);
        let bucket = format!("tenantry-trail-{account}-us-east-1");
        let of_bucket = s3.get_bucket_tagging().bucket(bucket).send().await?.tag_set;
        let logs = aws_sdk_cloudwatchlogs::Client::new(&root);
        let group = format!("arn:aws:logs:us-east-1:{account}:log-group:/tenantry/flow-logs");
        let of_group = logs
            .list_tags_for_resource()
            .resource_arn(group)
            .send()
            .await?
            .tags;
        let ec2 = aws_sdk_ec2::Client::new(&root);
        let vpcs = ec2.describe_vpcs().send().await?.vpcs.unwrap_or_default();
        let vpc = vpcs
            .into_iter()
            .find(|vpc| vpc.is_default != Some(true))
            .ok_or("no VPC")?;
        macro_rules! pairs {
            ($tags:expr) => {
                $tags
                    .into_iter()
                    .map(|tag| (tag.key, tag.value))
                    .collect::<Tags>()
            };
        }
        let of_vpc = vpc.tags.unwrap_or_default().into_iter();
        let of_vpc = of_vpc
            .filter_map(|tag| Some((tag.key?, tag.value?)))
            .collect();
        Ok(vec![
            ("account", pairs!(of_account)),
            ("role", pairs!(of_role)),
            ("policy", pairs!(of_policy)),
            ("instance profile", pairs!(of_profile)),
            ("bucket", pairs!(of_bucket)),
            (
                "log group",
                of_group.unwrap_or_default().into_iter().collect(),
            ),
            ("VPC", of_vpc),
        ])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_and_removed_tags_and_cost_centre_are_so_everywhere() -> Result<(), AnyError> {
    let mut audited = Audited::begin("standard@1.0.0").await?;
    let worker = audited.machine.worker(Verb::Onboard).await?;
    let mut change = async |tags: &[(&str, &str)], cost: &str| -> Result<_, AnyError> {
        let (machine, id) = (&audited.machine, &audited.tenant.id);
        let mut spec = machine.ledger.tenant(id).await?.spec;
        let tags = tags
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()));
        spec.tags = tags.collect();
        spec.cost_center = Some(cost.into());
        let update = machine.operation(id, OperationKind::Update);
        let (ledger, request) = (&machine.ledger, machine.request());
        ledger
            .change_spec(id, None, &spec, &update, &request)
            .await?;
        machine.settle(&worker, id, 20).await?;
        audited.tenant = machine.ledger.tenant(id).await?;
        audited.tags().await
    };
    for (what, tags) in change(&[("team", "blue"), ("stage", "test")], "c1").await? {
        let of = |key: &str| tags.get(key).map(String::as_str);
        assert_eq!(of("team"), Some("blue"), "{what}: {tags:?}");
        assert_eq!(of("stage"), Some("test"), "{what}: {tags:?}");
        assert_eq!(of("tenantry:cost-center"), Some("c1"), "{what}: {tags:?}");
    }
    for (what, tags) in change(&[("team", "red")], "c2").await? {
        let of = |key: &str| tags.get(key).map(String::as_str);
        assert_eq!(of("team"), Some("red"), "{what}: {tags:?}");
        assert_eq!(of("stage"), None, "{what}: {tags:?}");
        assert_eq!(of("tenantry:cost-center"), Some("c2"), "{what}: {tags:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_name_is_the_accounts_name() -> Result<(), AnyError> {
    let audited = Audited::begin("sandbox").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let account = audited.tenant.account_id.clone().ok_or("no account")?;
    let organizations = aws_sdk_organizations::Client::new(machine.root());
    let name = async || -> Result<_, AnyError> {
        let call = organizations
            .describe_account()
            .account_id(account.as_str());
        let found = call.send().await?.account.and_then(|found| found.name);
        Ok(found.unwrap_or_default())
    };
    assert_eq!(name().await?, "Acme");
    let mut spec = audited.tenant.spec.clone();
    spec.name = "Acme & Sons".into();
    let update = machine.operation(id, OperationKind::Update);
    let (ledger, request) = (&machine.ledger, machine.request());
    ledger
        .change_spec(id, None, &spec, &update, &request)
        .await?;
    let worker = machine.worker(Verb::Onboard).await?;
    machine.settle(&worker, id, 20).await?;
    assert_eq!(name().await?, "Acme & Sons");

    // Somebody in the account gives it another name: an audit says so, and a repair puts it back.
    let root = machine.account_root(account.as_str())?;
    let rename = aws_sdk_account::Client::new(&root).put_account_name();
    rename.account_name("Somebody").send().await?;
    machine.worker(Verb::Audit).await?.work(id).await?;
    assert_eq!(audited.open().await?, ["identity.account-name.name"]);
    machine.settle(&worker, id, 20).await?;
    assert_eq!(name().await?, "Acme & Sons");
    assert_eq!(audited.open().await?, [""; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audits_of_a_sweep_ask_organizations_nothing_and_see_what_differs_by_the_next()
-> Result<(), AnyError> {
    let audited = Audited::begin("standard@1.0.0").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let worker = machine.worker(Verb::Audit).await?;
    sweep(&worker).await?;
    assert_eq!(organizations_calls(machine, &worker, id).await?, 0);
    assert_eq!(audited.open().await?, Vec::<String>::new());

    let organizations = aws_sdk_organizations::Client::new(machine.root());
    let account = audited.tenant.account_id.clone().ok_or("no account")?;
    let roots = organizations.list_roots().send().await?;
    let root = roots.roots()[0].id().ok_or("no root")?;
    let units = organizations.list_organizational_units_for_parent();
    let units = units.parent_id(root).send().await?;
    let named = |name| {
        let mut units = units.organizational_units().iter();
        units.find(|unit| unit.name() == Some(name))?.id()
    };
    let quarantine = named("quarantine").ok_or("no quarantine")?;
    let parents = organizations.list_parents().child_id(account.as_str());
    let parents = parents.send().await?;
    let unit = parents.parents()[0].id().ok_or("no parent")?;
    let moved = organizations.move_account().account_id(account.as_str());
    let moved = moved
        .source_parent_id(unit)
        .destination_parent_id(quarantine);
    moved.send().await?;
    // The list is from before; who asks gets what is so now.
    assert_eq!(organizations_calls(machine, &worker, id).await?, 0);
    assert_eq!(audited.open().await?, Vec::<String>::new());
    machine.advance(24 * 3600);
    sweep(&worker).await?;
    assert!(organizations_calls(machine, &worker, id).await? > 0);
    let open = audited.open().await?;
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0].starts_with("placement.parent"), "{open:?}");

    // Repaired since: what the same list says against the tenant is read afresh.
    audited.ask(OperationKind::Repair).await?;
    let onboard = machine.worker(Verb::Onboard).await?;
    assert!(organizations_calls(machine, &onboard, id).await? > 0);
    // Where the account is stands in its description.
    let asked = |machine| {
        (
            ours(machine, "DescribeAccount"),
            ours(machine, "ListParents"),
        )
    };
    assert_eq!(asked(machine), (1, 0));
    machine.settle(&onboard, id, 20).await?;
    worker.work(id).await?;
    assert_eq!(audited.open().await?, Vec::<String>::new());
    audited.ask(OperationKind::Audit).await?;
    assert!(organizations_calls(machine, &worker, id).await? > 0);
    assert_eq!(asked(machine), (1, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_accounts_that_was_not_finished_in_time_serves_those_that_are_in_it()
-> Result<(), AnyError> {
    let mut config = Config::default();
    config.organizations.as_mut().ok_or("no limits")?.page_size = 1;
    let machine = Machine::start_in(config, &["us-east-1"]).await?;
    let onboard = machine.worker(Verb::Onboard).await?;
    let mut tenants = Vec::new();
    for slug in ["acme", "bolt", "crux"] {
        let spec = json!({"slug": slug, "name": slug, "blueprint": "sandbox"});
        let tenant = machine.request_tenant(spec).await?.id;
        machine.settle(&onboard, &tenant, 40).await?;
        tenants.push(tenant);
    }

    let listing = |name: &str, effect| Fault {
        name: name.into(),
        matching: Match {
            operation: Some("ListAccountsForParent".into()),
            ..Match::default()
        },
        effect,
        ..Fault::default()
    };
    let proxy = &machine.aws.proxy;
    proxy.forget_calls();
    proxy.add_fault(listing("slow", Effect::Latency { ms: 1000 }));
    let worker = machine.worker(Verb::Audit).await?;
    let late = async {
        // The second page of the unit with tenants in it is on its way while the time runs out.
        while ours(&machine, "ListAccountsForParent") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        machine.advance(170);
        Ok(())
    };
    tokio::try_join!(sweep(&worker), late)?;
    proxy.clear_faults();

    let mut asked = Vec::new();
    for tenant in &tenants {
        proxy.forget_calls();
        worker.work(tenant).await?;
        asked.push(ours(&machine, "DescribeAccount"));
        let found = machine.ledger.tenant(tenant).await?;
        assert_eq!(found.open_findings, 0);
        assert_eq!(found.phase(), tenancy::Phase::Active);
    }
    asked.sort_unstable();
    assert!(
        [[0, 0, 1], [0, 1, 1]].contains(&[asked[0], asked[1], asked[2]]),
        "{asked:?}"
    );
    Ok(())
}

/// How often an operation was called and answered.
fn ours(machine: &Machine, operation: &str) -> usize {
    let calls = machine.aws.proxy.calls();
    let calls = calls.iter().filter(|call| call.operation == operation);
    calls.count()
}

async fn sweep(worker: &Worker) -> Result<(), AnyError> {
    let tick = include_str!("../../events/examples/ScheduledEvent.json");
    worker.handle(serde_json::from_str(tick)?).await?;
    Ok(())
}

/// How often a pass asks Organizations.
async fn organizations_calls(
    machine: &Machine,
    worker: &Worker,
    tenant: &TenantId,
) -> Result<usize, AnyError> {
    machine.aws.proxy.forget_calls();
    worker.work(tenant).await?;
    let calls = machine.aws.proxy.calls();
    Ok(calls
        .iter()
        .filter(|call| call.service == "organizations")
        .count())
}
