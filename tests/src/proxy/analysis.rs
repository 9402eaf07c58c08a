//! What assertions and benchmarks ask of the records.

use std::collections::BTreeMap;

use super::record::Record;

/// Beginnings of the names of operations that change nothing.
const READS: [&str; 13] = [
    "Describe",
    "Get",
    "List",
    "Head",
    "Lookup",
    "AssumeRole",
    "BatchGet",
    "Query",
    "Scan",
    "Simulate",
    "Search",
    "Receive",
    "Filter",
];

/// True if the operation changes nothing. `execute-api` goes by the HTTP method.
pub fn is_read(service: &str, operation: &str) -> bool {
    if service == "execute-api" || operation.contains(' ') {
        return operation.starts_with("GET ") || operation.starts_with("HEAD ");
    }
    // A dry run would be a read too, but only its answer tells. A report on credentials is started, and yet its access level
    // is "Read" (Service Authorization Reference, "AWS Identity and Access Management").
    let whole_names = ["TransactGetItems", "GenerateCredentialReport"];
    READS.iter().any(|prefix| operation.starts_with(prefix)) || whole_names.contains(&operation)
}

/// How often each `service:operation` was called.
pub fn count_by_operation(calls: &[Record]) -> BTreeMap<String, usize> {
    count(calls, |call| format!("{}:{}", call.service, call.operation))
}

/// How often each account was called.
pub fn count_by_account(calls: &[Record]) -> BTreeMap<String, usize> {
    count(calls, |call| call.account.clone())
}

/// How often each service was called.
pub fn count_by_service(calls: &[Record]) -> BTreeMap<String, usize> {
    count(calls, |call| call.service.clone())
}

/// The calls that change something.
pub fn writes(calls: &[Record]) -> Vec<Record> {
    calls
        .iter()
        .filter(|call| !call.is_read())
        .cloned()
        .collect()
}

/// The calls made with an account's credentials.
pub fn of_account(calls: &[Record], account: &str) -> Vec<Record> {
    calls
        .iter()
        .filter(|call| call.account == account)
        .cloned()
        .collect()
}

/// The length of the longest chain of calls of which each began after the one before had ended: how many
/// round trips lie one behind the other. Exact if every call takes the same time, so inject a latency
/// well above the emulator's own.
pub fn longest_chain(calls: &[Record]) -> usize {
    chain(calls).len()
}

/// The calls of a longest chain, in turn. Of those that begin together it has the one that ended first.
pub fn chain(calls: &[Record]) -> Vec<&Record> {
    // The most intervals that do not overlap: always take the one that ends first.
    let mut by_end: Vec<_> = calls.iter().collect();
    by_end.sort_unstable_by_key(|call| (call.end_us, call.start_us));
    let mut chain: Vec<&Record> = Vec::new();
    for call in by_end {
        if chain.last().is_none_or(|last| call.start_us >= last.end_us) {
            chain.push(call);
        }
    }
    chain
}

/// The largest number of calls that were under way at one moment.
pub fn most_at_once(calls: &[Record]) -> usize {
    let begins = calls.iter().map(|call| (call.start_us, 1i64));
    let ends = calls.iter().map(|call| (call.end_us, -1i64));
    let mut edges: Vec<_> = begins.chain(ends).collect();
    edges.sort_unstable();
    let mut now = 0;
    let mut most = 0;
    for (_, step) in edges {
        now += step;
        most = most.max(now);
    }
    usize::try_from(most).unwrap_or_default()
}

fn count(calls: &[Record], key: impl Fn(&Record) -> String) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(key(call)).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(start_us: u64, end_us: u64) -> Record {
        Record {
            start_us,
            end_us,
            ..Record::default()
        }
    }

    #[test]
    fn the_longest_chain_counts_calls_one_behind_the_other() {
        assert_eq!(longest_chain(&[]), 0);
        assert_eq!(longest_chain(&[call(0, 10), call(1, 11), call(2, 12)]), 1);
        assert_eq!(
            longest_chain(&[
                call(0, 10),
                call(1, 11),
                call(11, 21),
                call(12, 22),
                call(21, 31)
            ]),
            3
        );
        assert_eq!(most_at_once(&[call(0, 10), call(1, 11), call(11, 21)]), 2);
    }

    #[test]
    fn reads_are_told_by_their_names() {
        for read in [
            "DescribeVpcs",
            "GetCallerIdentity",
            "ListBuckets",
            "HeadBucket",
            "AssumeRole",
            "LookupEvents",
            "Query",
            "GenerateCredentialReport",
        ] {
            assert!(is_read("any", read), "{read}");
        }
        for write in [
            "CreateVpc",
            "PutObject",
            "TagRole",
            "DeleteRole",
            "CloseAccount",
            "UpdateItem",
            "GenerateDataKey",
        ] {
            assert!(!is_read("any", write), "{write}");
        }
        assert!(
            is_read("execute-api", "GET /v1/health") && !is_read("execute-api", "POST /v1/tenants")
        );
    }
}
