//! The network against a local AWS: built, observed, disturbed, repaired and removed.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

#[path = "network/answers.rs"]
mod answers;
#[path = "network/audited_regions.rs"]
mod audited_regions;
#[path = "network/closed_region.rs"]
mod closed_region;
#[path = "network/spoiled.rs"]
mod spoiled;

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{GatewayType, IpPermission, IpRange};
use baseline::{
    Change, Component, Desired, Home, Port,
    declared::Observed,
    network::{DefaultVpc, Network, Observation, group_key, role_key},
};
use futures::future::join_all;
use jiff::SignedDuration;
use scenarios::{
    machine::{AnyError, Machine, as_worker},
    proxy::{
        Config, Record,
        analysis::{count_by_operation, longest_chain, of_account, writes},
        fault::{Effect, Fault, Match},
    },
};
use serde_json::json;
use tenancy::{
    ComponentName, DesiredState, Egress, Failure, Tenant, Verb, blueprint::Catalog, names,
};
use tenantry_aws::{
    ledger::Intent,
    pass::{PassContext, PassInputs},
    queue::Queues,
    rows::NetworkPort,
    session::Aws,
};

const ACCOUNT: &str = "222222222222";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111111111111:root"}}]}"#;
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A tenant whose account is there, with our roles in it and nothing else.
struct Bench {
    machine: Machine,
    tenant: Tenant,
    desired: Desired,
}

/// What a pass came to.
#[derive(Debug, Default)]
struct Passed {
    rounds: usize,
    applied: Vec<String>,
    failures: Vec<Failure>,
    seen: Observation,
}

impl Bench {
    async fn start(spec: serde_json::Value) -> Result<Self, AnyError> {
        let machine = Machine::start(Config::default()).await?;
        let tenant = machine.request_tenant(spec).await?;
        let root = machine.account_root(ACCOUNT)?;
        let iam = aws_sdk_iam::Client::new(&root);
        for role in [names::PROVISIONER, names::AUDITOR, names::REMOVER] {
            let call = iam
                .create_role()
                .role_name(role)
                .path(names::MANAGEMENT_PATH);
            call.assume_role_policy_document(TRUST).send().await?;
            let call = iam.put_role_policy().role_name(role).policy_name("all");
            call.policy_document(ALL).send().await?;
        }
        let catalog = Catalog::built_in()?;
        let blueprint = catalog.find(&tenant.spec.blueprint).ok_or("no blueprint")?;
        let deployment = &machine.settings.deployment;
        let home = &machine.settings.home_region;
        let spec = blueprint
            .resolve(&tenant.spec, &deployment.allowed_regions, home)
            .map_err(|errors| format!("{errors:?}"))?;
        let regions = spec.regions.iter().enumerate();
        let desired = Desired {
            tenant: tenant.id.clone(),
            generation: 1,
            slug: tenant.spec.slug.clone(),
            name: tenant.spec.name.clone(),
            email: tenant.account_email.clone(),
            desired_state: DesiredState::Present,
            home: Home::Tenants,
            account: ACCOUNT.parse().ok(),
            cidrs: regions
                .map(|(n, region)| Ok((region.clone(), format!("10.{n}.16.0/20").parse()?)))
                .collect::<Result<_, AnyError>>()?,
            spec,
            deployment: deployment.clone(),
            components: baseline::Components(baseline::BASELINE),
            outputs: baseline::Outputs::default(),
            without_network: None,
            retired_tags: Default::default(),
            retired_keys: Default::default(),
            refused_sessions: Default::default(),
            recorded: baseline::Recorded::default(),
        };
        Ok(Self {
            machine,
            tenant,
            desired,
        })
    }

    async fn port(&self, verb: Verb) -> Result<NetworkPort, AnyError> {
        let now = self.machine.now();
        let ledger = self.machine.ledger.clone();
        let ttl = SignedDuration::from_secs(900);
        let lease = ledger
            .acquire_lease(&self.tenant.id, "network test", now, ttl)
            .await?
            .ok_or("the lease is taken")?;
        let time = now;
        let pass = PassContext::new(PassInputs {
            aws: Aws::new(as_worker(self.machine.root())?),
            settings: std::sync::Arc::new(self.machine.settings.clone()),
            ledger,
            queues: Queues::new(
                aws_sdk_sqs::Client::new(self.machine.root()),
                &self.machine.settings,
            ),
            lease,
            changed_at: now,
            asked_at: None,
            updating: false,
            settled: Default::default(),
            verb,
            requester: "test".into(),
            // The management roles are installed: the fixture made them.
            intents: vec![Intent {
                component: ComponentName::ACCESS,
                key: "planted".into(),
                asked_at: now,
                attempts: 1,
                token: None,
                outcome: Some("entered".into()),
            }],
            clock: std::sync::Arc::new(move || time),
        });
        Ok(NetworkPort::new(&pass))
    }

    /// A pass over this component alone, round by round, as the engine makes it.
    async fn pass(&self, desired: &Desired, verb: Verb) -> Result<Passed, AnyError> {
        let port = self.port(verb).await?;
        let mut seen = Port::<Network>::observe(&port, desired).await?;
        let mut passed = Passed::default();
        let mut tried = BTreeSet::new();
        loop {
            let plan = Network::plan(desired, &seen);
            let fresh: Vec<_> = plan
                .changes
                .into_iter()
                .filter(|change| tried.insert(change.key()))
                .collect();
            if fresh.is_empty() {
                passed.seen = seen;
                return Ok(passed);
            }
            passed.rounds += 1;
            let results = join_all(
                fresh
                    .iter()
                    .map(|change| Port::<Network>::apply(&port, desired, change)),
            );
            for (change, result) in fresh.iter().zip(results.await) {
                match result {
                    Ok(fact) => {
                        passed.applied.push(change.key());
                        Network::learn(&mut seen, fact);
                    }
                    Err(failure) => passed.failures.push(failure),
                }
            }
        }
    }

    async fn remove_defaults(&self) -> Result<(), AnyError> {
        let port = self.port(Verb::Onboard).await?;
        let seen = Port::<Network>::observe(&port, &self.desired).await?;
        let changes = Network::plan(&self.desired, &seen).changes;
        let removals: Vec<_> = changes
            .iter()
            .filter(|change| change.key().ends_with(".default-vpc"))
            .collect();
        assert!(removals.len() >= 17, "{}", removals.len());
        let done = removals
            .iter()
            .map(|change| Port::<Network>::apply(&port, &self.desired, change));
        for result in join_all(done).await {
            result?;
        }
        Ok(())
    }

    /// Passes, letting time go by, until one has nothing to do.
    async fn settle(&self, desired: &Desired, verb: Verb) -> Result<Observation, AnyError> {
        for _ in 0..8 {
            let passed = self.pass(desired, verb).await?;
            let plan = Network::plan(desired, &passed.seen);
            if passed.applied.is_empty() && plan.is_settled() {
                return Ok(passed.seen);
            }
            assert!(passed.failures.is_empty(), "{:#?}", passed.failures);
            self.machine.advance(60);
        }
        Err("the network does not settle".into())
    }

    /// The findings of an audit.
    async fn findings(&self) -> Result<Vec<String>, AnyError> {
        let port = self.port(Verb::Audit).await?;
        let seen = Port::<Network>::observe(&port, &self.desired).await?;
        let plan = Network::plan(&self.desired, &seen);
        let mut keys: Vec<String> = plan.changes.iter().map(Change::key).collect();
        keys.sort();
        Ok(keys)
    }

    fn calls(&self) -> Vec<Record> {
        of_account(&self.machine.aws.proxy.calls(), ACCOUNT)
    }

    fn forget(&self) {
        self.machine.aws.proxy.forget_calls();
    }

    fn ec2(&self) -> Result<aws_sdk_ec2::Client, AnyError> {
        self.ec2_in("us-east-1")
    }

    fn ec2_in(&self, region: &'static str) -> Result<aws_sdk_ec2::Client, AnyError> {
        let root = self.machine.account_root(ACCOUNT)?;
        let region = aws_config::Region::new(region);
        let config = root.to_builder().region(region).build();
        Ok(aws_sdk_ec2::Client::new(&config))
    }
}

fn spec(egress: &str, zones: u8) -> serde_json::Value {
    json!({
        "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0",
        "egress": egress, "availabilityZones": zones
    })
}

fn here(calls: &[Record]) -> Vec<Record> {
    let home = |call: &&Record| call.service != "ec2" || call.region == "us-east-1";
    calls.iter().filter(home).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_built_in_few_calls_and_then_nothing_is_left_to_do() -> Result<(), AnyError> {
    let mut bench = Bench::start(spec("single-nat", 2)).await?;
    // The removal of default VPCs is counted apart.
    bench.remove_defaults().await?;
    bench.machine.aws.proxy.add_fault(Fault {
        name: "latency".into(),
        matching: Match {
            account: Some(ACCOUNT.into()),
            ..Match::default()
        },
        // So much that calls made at once are seen to overlap, on a busy machine too.
        effect: Effect::Latency { ms: 800 },
        ..Fault::default()
    });
    bench.forget();
    let first = bench.pass(&bench.desired, Verb::Onboard).await?;
    assert!(first.failures.is_empty(), "{:#?}", first.failures);
    let calls = bench.calls();
    println!(
        "build: {} calls in all, {} at home; rounds {}, longest chain {}",
        calls.len(),
        here(&calls).len(),
        first.rounds,
        longest_chain(&here(&calls))
    );
    println!("{:#?}", count_by_operation(&here(&calls)));
    let chain = longest_chain(&here(&calls));
    assert!(here(&calls).len() <= 50, "{} calls", here(&calls).len());
    assert!(chain <= 5, "{chain} round trips");
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let made = Network::resources(&bench.desired, &seen);
    bench.desired.recorded = baseline::Recorded::new([(ComponentName::NETWORK, made)]);

    bench.forget();
    let port = bench.port(Verb::Audit).await?;
    let seen = Port::<Network>::observe(&port, &bench.desired).await?;
    let plan = Network::plan(&bench.desired, &seen);
    assert!(plan.is_settled(), "{plan:#?}");
    let calls = bench.calls();
    assert!(writes(&calls).is_empty());
    println!(
        "audit: {} reads in all, {} at home; longest chain {}",
        calls.len(),
        here(&calls).len(),
        longest_chain(&calls)
    );
    assert!(here(&calls).len() <= 20);
    assert!(longest_chain(&calls) <= 2);
    for (name, id) in Network::resources(&bench.desired, &seen) {
        println!("{name} {id}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_behind_our_back_is_found_and_put_right() -> Result<(), AnyError> {
    let mut bench = Bench::start(spec("single-nat", 2)).await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    // As the ledger has them from then on.
    let recorded = Network::resources(&bench.desired, &seen);
    bench.desired.recorded = baseline::Recorded::new([(ComponentName::NETWORK, recorded)]);
    let id = |part: &str| {
        Network::resources(&bench.desired, &seen)[&format!("us-east-1.{part}")].clone()
    };
    let ec2 = bench.ec2()?;
    let own = ec2
        .create_security_group()
        .vpc_id(id("vpc"))
        .group_name("own")
        .description("the tenant's own")
        .send()
        .await?;
    let ssh = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .build();
    for group in [id("sg-workload"), own.group_id.unwrap_or_default()] {
        let call = ec2.authorize_security_group_ingress().group_id(group);
        call.ip_permissions(ssh.clone()).send().await?;
    }
    let tag = |key: &str| aws_sdk_ec2::types::Tag::builder().key(key).build();
    let untag = ec2.delete_tags().resources(id("private-a"));
    untag.tags(tag(names::TAG_TENANT)).send().await?;
    let untag = ec2.delete_tags().resources(id("vpc"));
    untag.tags(tag(names::TAG_PART)).send().await?;
    let call = ec2.delete_flow_logs().flow_log_ids(id("flow-log"));
    call.send().await?;
    let call = ec2.delete_route().route_table_id(id("rt-private-b"));
    call.destination_cidr_block("0.0.0.0/0").send().await?;
    let mut found = bench.findings().await?;
    let mut wanted = [
        "flow-log",
        "private-a.tags",
        "rt-private-b.default-route",
        "sg-workload.ingress.extra",
        "vpc.tags",
    ]
    .map(|part| format!("us-east-1.{part}"));
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    bench.settle(&bench.desired, Verb::Onboard).await?;
    assert!(bench.findings().await?.is_empty());
    let groups = ec2.describe_security_groups().send().await?;
    let own = groups
        .security_groups()
        .iter()
        .find(|g| g.group_name() == Some("own"));
    let rules = own.map_or(0, |group| group.ip_permissions().len());
    assert_eq!(rules, 1, "the tenant's own group was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_egress_is_carried_out_and_nothing_leaks() -> Result<(), AnyError> {
    let bench = Bench::start(spec("nat-per-az", 2)).await?;
    let mut desired = bench.desired.clone();
    for (egress, wanted) in [
        (Egress::NatPerAz, 2),
        (Egress::SingleNat, 1),
        (Egress::None, 0),
    ] {
        desired.spec.egress = egress;
        let seen = bench.settle(&desired, Verb::Onboard).await?;
        let inventory = &seen.regions[&bench.machine.settings.home_region];
        let alive = inventory.nats.iter().filter(|nat| nat.is_alive()).count();
        assert_eq!(
            (alive, inventory.addresses.len()),
            (wanted, wanted),
            "{egress:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_tenants_network_goes_and_a_stranger_stays() -> Result<(), AnyError> {
    let bench = Bench::start(spec("single-nat", 2)).await?;
    bench.settle(&bench.desired, Verb::Onboard).await?;
    let ec2 = bench.ec2()?;
    let own = ec2.create_vpc().cidr_block("10.0.16.0/20").send().await?;
    let own = own.vpc.and_then(|vpc| vpc.vpc_id).unwrap_or_default();
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..bench.desired.clone()
    };
    bench.forget();
    let seen = bench.settle(&leaving, Verb::Offboard).await?;
    println!("leave: {} calls", here(&bench.calls()).len());
    let inventory = &seen.regions[&bench.machine.settings.home_region];
    let vpcs: Vec<&str> = inventory.vpcs.iter().map(|vpc| vpc.id.as_str()).collect();
    assert_eq!(vpcs, [own.as_str()]);
    assert!(inventory.addresses.is_empty());
    for key in [role_key(), group_key(&bench.machine.settings.home_region)] {
        let left = seen.resources.0.get(&key);
        assert!(matches!(left, None | Some(Observed::Absent)), "{left:?}");
    }
    assert!(!inventory.nats.iter().any(|nat| nat.holds()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_ours_that_is_associated_with_a_second_vpc_is_found_before_the_first_deletion()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let group = Network::resources(&bench.desired, &seen)["us-east-1.sg-workload"].clone();
    let ec2 = bench.ec2()?;
    let own = ec2.create_vpc().cidr_block("10.9.0.0/16").send().await?;
    let own = own.vpc.and_then(|vpc| vpc.vpc_id).ok_or("no VPC")?;
    let call = ec2.associate_security_group_vpc().group_id(&group);
    call.vpc_id(&own).send().await?;
    let mut without = bench.desired.clone();
    without.spec.network = false;
    for verb in [Verb::Audit, Verb::Onboard] {
        let port = bench.port(verb).await?;
        let seen = Port::<Network>::observe(&port, &without).await?;
        let plan = Network::plan(&without, &seen);
        let mut keys = plan.changes.iter().map(Change::key);
        assert_eq!(keys.find(|key| key.starts_with("us-east-1.")), None);
        let mut obstacles = plan.obstacles.iter();
        let both = |failure: &Failure| [&group, &own].iter().all(|id| failure.detail.contains(*id));
        assert!(obstacles.any(both), "{:#?}", plan.obstacles);
    }

    // Of a tenant that leaves, the group and its VPC are left to the account, until they can go.
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..bench.desired.clone()
    };
    let home = &bench.machine.settings.home_region;
    let left = bench.settle(&leaving, Verb::Offboard).await?;
    let is_there = |seen: &Observation| seen.regions[home].groups.iter().any(|it| it.id == group);
    assert!(is_there(&left));
    assert_eq!(left.regions[home].vpcs.len(), 2);
    let call = ec2.disassociate_security_group_vpc().group_id(&group);
    call.vpc_id(&own).send().await?;
    let left = bench.settle(&leaving, Verb::Offboard).await?;
    assert!(!is_there(&left));
    assert_eq!(left.regions[home].vpcs.len(), 1);
    Ok(())
}

/// What people do to a default VPC, each in one of two Regions; the ids of what is then in the way.
async fn move_into_default_vpcs(bench: &Bench) -> Result<[Vec<String>; 2], AnyError> {
    let (home, other) = (bench.ec2()?, bench.ec2_in("eu-west-1")?);
    let vpc = default_vpc(&home).await?;
    let subnets = home.describe_subnets().send().await?;
    let subnet = subnets.subnets().first().and_then(|s| s.subnet_id());
    let call = home.create_network_interface();
    let interface = call.subnet_id(subnet.ok_or("no subnet")?).send().await?;
    let interface = interface.network_interface;
    let call = home.create_vpc_endpoint().vpc_id(&vpc);
    let endpoint = call.service_name("com.amazonaws.us-east-1.s3").send();
    let endpoint = endpoint.await?.vpc_endpoint;
    let here = [
        interface.and_then(|one| one.network_interface_id),
        endpoint.and_then(|one| one.vpc_endpoint_id),
    ];

    let vpc = default_vpc(&other).await?;
    let call = other.create_security_group().vpc_id(&vpc);
    let call = call.group_name("launch-wizard-1").description("theirs");
    let group = call.send().await?.group_id;
    let table = other.create_route_table().vpc_id(&vpc).send().await?;
    let table = table.route_table.and_then(|one| one.route_table_id);
    let acl = other.create_network_acl().vpc_id(&vpc).send().await?;
    let acl = acl.network_acl.and_then(|one| one.network_acl_id);
    let call = other.create_egress_only_internet_gateway().vpc_id(&vpc);
    let outgoing = call.send().await?.egress_only_internet_gateway;
    let outgoing = outgoing.and_then(|one| one.egress_only_internet_gateway_id);
    let own = other.create_vpc().cidr_block("10.9.0.0/16").send().await?;
    let own = own.vpc.and_then(|vpc| vpc.vpc_id).unwrap_or_default();
    let call = other.create_vpc_peering_connection().vpc_id(own);
    let peering = call.peer_vpc_id(&vpc).send().await?.vpc_peering_connection;
    let peering = peering.and_then(|one| one.vpc_peering_connection_id);
    let call = other.create_vpn_gateway().r#type(GatewayType::Ipsec1);
    let vpn = call.send().await?.vpn_gateway;
    let vpn = vpn.and_then(|one| one.vpn_gateway_id).unwrap_or_default();
    let attach = other.attach_vpn_gateway().vpn_gateway_id(&vpn);
    attach.vpc_id(&vpc).send().await?;
    let there = [group, table, acl, outgoing, peering, Some(vpn)];
    let ids = |ids: &[Option<String>]| ids.iter().flatten().cloned().collect();
    Ok([ids(&here), ids(&there)])
}

async fn default_vpc(ec2: &aws_sdk_ec2::Client) -> Result<String, AnyError> {
    let vpcs = ec2.describe_vpcs().send().await?;
    let default = vpcs
        .vpcs()
        .iter()
        .find(|vpc| vpc.is_default() == Some(true));
    let id = default.and_then(|vpc| vpc.vpc_id());
    Ok(id.ok_or("no default VPC")?.to_owned())
}

/// Subnets and attached internet gateways of a default VPC.
async fn parts_of_default_vpc(ec2: &aws_sdk_ec2::Client) -> Result<(usize, usize), AnyError> {
    let vpc = default_vpc(ec2).await?;
    let subnets = ec2.describe_subnets().send().await?;
    let subnets = subnets.subnets().iter();
    let subnets = subnets.filter(|subnet| subnet.vpc_id() == Some(&*vpc));
    let gateways = ec2.describe_internet_gateways().send().await?;
    let gateways = gateways.internet_gateways().iter();
    let attachments = gateways.flat_map(|gateway| gateway.attachments());
    let attached = attachments.filter(|attachment| attachment.vpc_id() == Some(&*vpc));
    Ok((subnets.count(), attached.count()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_vpc_with_anything_of_others_in_it_stays_whole_and_all_of_it_is_named()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    let regions = [bench.ec2()?, bench.ec2_in("eu-west-1")?];
    let mut before = Vec::new();
    for ec2 in &regions {
        before.push(parts_of_default_vpc(ec2).await?);
    }
    let in_the_way = move_into_default_vpcs(&bench).await?;
    let passed = bench.pass(&bench.desired, Verb::Onboard).await?;
    assert_eq!(passed.failures.len(), 2, "{:#?}", passed.failures);
    for ids in in_the_way {
        let named = |failure: &&Failure| ids.iter().all(|id| failure.detail.contains(id));
        let failure = passed.failures.iter().find(named);
        let failure = failure.ok_or_else(|| format!("{ids:?} in {:#?}", passed.failures))?;
        let next = format!("{:?}", failure.next);
        assert!(next.contains("default-vpc-in-use"), "{next}");
    }
    for (ec2, before) in regions.iter().zip(before) {
        assert_eq!(parts_of_default_vpc(ec2).await?, before);
    }
    let left: Vec<String> = Network::plan(&bench.desired, &passed.seen)
        .changes
        .iter()
        .map(Change::key)
        .collect();
    assert_eq!(left, ["eu-west-1.default-vpc", "us-east-1.default-vpc"]);
    let home = &bench.machine.settings.home_region;
    assert!(
        passed
            .seen
            .resources
            .present::<DefaultVpc>(&DefaultVpc::key(home))
            .is_some()
    );
    Ok(())
}
