//! The recorded calls of one run: which count against the budget, and how many round trips are sequential.

use std::collections::BTreeMap;

use scenarios::{
    machine::REGION,
    proxy::{Record, analysis::longest_chain},
};

/// The calls of one run, by purpose.
#[derive(Debug)]
pub struct RoundTrips {
    /// Calls in the tenant's account that count against the budget: in the home Region and to global services, except the removal of
    /// the default VPC and `guard`.
    pub tenant: Vec<Record>,
    /// What `guard` reads and sets in the home Region and for the whole account: it has a budget of its own.
    pub guard: Vec<Record>,
    /// Removal of default VPCs, and every other Region: counted separately.
    pub separate: Vec<Record>,
    /// AssumeRole calls, by any caller.
    pub assumed: Vec<Record>,
    /// Everything else, by service: the ledger, Organizations, the bus, the queues.
    pub others: BTreeMap<String, Vec<Record>>,
}

impl RoundTrips {
    /// Sorts the calls of a run for the tenant in `account`. With `building`, the run deletes nothing of the tenant's, so whatever
    /// is deleted belongs to a default VPC.
    pub fn of(calls: Vec<Record>, account: &str, building: bool) -> Self {
        let mut rounds = Self {
            tenant: Vec::new(),
            guard: Vec::new(),
            separate: Vec::new(),
            assumed: Vec::new(),
            others: BTreeMap::new(),
        };
        for call in calls {
            if call.operation == "AssumeRole" {
                rounds.assumed.push(call);
            } else if call.account != account {
                let service = rounds.others.entry(call.service.clone());
                service.or_default().push(call);
            } else if is_separate(&call, building) {
                rounds.separate.push(call);
            } else if is_guard(&call) {
                rounds.guard.push(call);
            } else {
                rounds.tenant.push(call);
            }
        }
        rounds
    }

    /// All calls but the removal of default VPCs and other Regions.
    pub fn without_separate(&self) -> Vec<Record> {
        let others = self.others.values().flatten();
        self.counted().into_iter().chain(others.cloned()).collect()
    }

    /// The calls in the tenant's account that change something, in any Region.
    pub fn writes(&self) -> usize {
        let all = self.tenant.iter().chain(&self.separate).chain(&self.guard);
        all.filter(|call| !call.is_read()).count()
    }

    /// What `guard` reads in the home Region.
    pub fn guard_reads(&self) -> usize {
        self.guard.iter().filter(|call| call.is_read()).count()
    }

    /// How many round trips are sequential, role assumption included.
    pub fn chain(&self) -> usize {
        longest_chain(&self.counted())
    }

    /// Every round trip with the operations that begin in it, in order.
    pub fn describe(&self) -> String {
        let mut calls = self.counted();
        calls.sort_by_key(|call| call.start_us);
        let mut lines: Vec<(u64, BTreeMap<String, usize>)> = Vec::new();
        for call in &calls {
            let name = format!("{}:{}", call.service, call.operation);
            let name = match &call.error {
                Some(error) => format!("{name} ({error})"),
                None => name,
            };
            match lines.last_mut() {
                // A call that begins while the first of a round is in flight belongs to that round.
                Some((end, round)) if call.start_us < *end => *round.entry(name).or_default() += 1,
                _ => lines.push((call.end_us, BTreeMap::from([(name, 1)]))),
            }
        }
        let text = lines.iter().enumerate().map(|(index, (_, round))| {
            let names = round.iter().map(|(name, count)| match count {
                1 => name.clone(),
                _ => format!("{count} × {name}"),
            });
            format!(
                "    {:>2}. {}",
                index + 1,
                names.collect::<Vec<_>>().join(", ")
            )
        });
        text.collect::<Vec<_>>().join("\n")
    }

    fn counted(&self) -> Vec<Record> {
        let tenant = self.tenant.iter().chain(&self.guard);
        tenant.chain(&self.assumed).cloned().collect()
    }
}

fn is_guard(call: &Record) -> bool {
    let switches = [
        "EbsEncryptionByDefault",
        "SnapshotBlockPublicAccess",
        "ImageBlockPublicAccess",
        "InstanceMetadataDefaults",
        "SerialConsoleAccess",
    ];
    let is_switch = switches.iter().any(|word| call.operation.contains(word));
    is_switch || (call.service == "s3control" && call.operation.ends_with("PublicAccessBlock"))
}

fn is_separate(call: &Record, building: bool) -> bool {
    // Our resources are tagged when they are created: CreateTags marks the default VPC's gateway for its removal.
    let removes = ["Delete", "Detach", "CreateTags"]
        .iter()
        .any(|word| call.operation.starts_with(word));
    call.region != REGION
        || call.operation == "DescribeRegions"
        || (building && call.service == "ec2" && removes)
}
