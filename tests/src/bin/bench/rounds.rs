//! What the recorded calls of one run say: which count against the budget, and which lie one behind the other.

use std::collections::BTreeMap;

use scenarios::{
    machine::REGION,
    proxy::{Record, analysis::longest_chain},
};

/// The calls of one run, sorted by what they are for.
#[derive(Debug)]
pub struct Rounds {
    /// Calls in the tenant's account that count: the home Region's and the global services', but for the removal of the default VPC.
    pub tenant: Vec<Record>,
    /// Removal of default VPCs, and every other Region.
    pub apart: Vec<Record>,
    /// AssumeRole calls, whoever makes them.
    pub assumed: Vec<Record>,
    /// Everything else, by service: the ledger, Organizations, the bus, the queues.
    pub others: BTreeMap<String, Vec<Record>>,
}

impl Rounds {
    /// Sorts the calls of a run for the tenant in `account`. `building` says that nothing of the tenant's is deleted in it, so
    /// that what is deleted belongs to a default VPC.
    pub fn of(calls: Vec<Record>, account: &str, building: bool) -> Self {
        let mut rounds = Self {
            tenant: Vec::new(),
            apart: Vec::new(),
            assumed: Vec::new(),
            others: BTreeMap::new(),
        };
        for call in calls {
            if call.operation == "AssumeRole" {
                rounds.assumed.push(call);
            } else if call.account != account {
                let service = rounds.others.entry(call.service.clone());
                service.or_default().push(call);
            } else if is_apart(&call, building) {
                rounds.apart.push(call);
            } else {
                rounds.tenant.push(call);
            }
        }
        rounds
    }

    /// The calls in the tenant's account that change something, wherever.
    pub fn writes(&self) -> usize {
        let all = self.tenant.iter().chain(&self.apart);
        all.filter(|call| !call.is_read()).count()
    }

    /// How many round trips lie one behind the other, assuming the roles included.
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
                // A call that begins while the first of a round is under way is in that round.
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
        self.tenant.iter().chain(&self.assumed).cloned().collect()
    }
}

fn is_apart(call: &Record, building: bool) -> bool {
    // What we make has its tags from the start: a tag that is set afterwards marks the default VPC's gateway for its removal.
    let removes = ["Delete", "Detach", "CreateTags"]
        .iter()
        .any(|word| call.operation.starts_with(word));
    call.region != REGION
        || call.operation == "DescribeRegions"
        || (building && call.service == "ec2" && removes)
}
