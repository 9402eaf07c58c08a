//! Puts statements into as few managed policies as needed.
//!
//! # Guarantees
//! The same statements are always packed alike. Each stands in the first policy that has room for it, in the order given, and is
//! given room to grow: while it grows within that, no other statement moves. When it grows further, what stands in policies
//! before its own stays where it is.

use serde_json::Value;

use super::{Grant, MANAGED_LIMIT, document, statement};

/// What is left for statements: the frame is `{"Version":"2012-10-17","Statement":[]}`.
const SPACE: usize = MANAGED_LIMIT - 40;
/// A statement's size is rounded up to a multiple of this many characters: room for one more action.
const ROOM: usize = 32;

/// The documents of the policies.
pub(super) fn pack(grants: Vec<Grant>) -> Vec<Value> {
    let mut policies: Vec<(usize, Vec<Value>)> = Vec::new();
    for statement in statements(grants) {
        let size = (size(&statement).next_multiple_of(ROOM)).min(SPACE);
        let roomy = policies.iter_mut().find(|(used, _)| used + size <= SPACE);
        match roomy {
            Some((used, statements)) => {
                *used += size;
                statements.push(statement);
            }
            None => policies.push((size, vec![statement])),
        }
    }
    let documents = policies
        .into_iter()
        .map(|(_, statements)| document(statements));
    documents.collect()
}

/// The statements of these grants.
pub fn statements(grants: Vec<Grant>) -> Vec<Value> {
    grants.into_iter().flat_map(statements_of).collect()
}

/// A grant as one statement, or as several where one would be too big for a policy of its own.
fn statements_of(grant: Grant) -> Vec<Value> {
    let parts = parts(grant).into_iter().enumerate();
    let numbered = |(index, part): (usize, Grant)| {
        let number = match index {
            0 => String::new(),
            later => (later + 1).to_string(),
        };
        as_statement(&part, &number)
    };
    parts.map(numbered).collect()
}

fn parts(mut grant: Grant) -> Vec<Grant> {
    let (actions, resources) = (grant.actions.len(), grant.resources.len());
    // With a number of its own it may be a few characters longer.
    if size(&as_statement(&grant, "000")) <= SPACE || actions.max(resources) < 2 {
        return vec![grant];
    }
    let mut other = grant.clone();
    if actions >= resources {
        other.actions = grant.actions.split_off(actions / 2);
    } else {
        other.resources = grant.resources.split_off(resources / 2);
    }
    [parts(grant), parts(other)].concat()
}

fn as_statement(grant: &Grant, number: &str) -> Value {
    statement(
        &format!("{}{number}", grant.sid),
        "Allow",
        &grant.actions,
        &grant.resources,
        grant.condition.clone(),
    )
}

/// With the comma before the next one.
fn size(statement: &Value) -> usize {
    statement.to_string().len() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDS: [&str; 9] = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];

    /// Grants of some 1,900 characters each: three to a policy.
    fn grants() -> Vec<Grant> {
        SIDS.map(|sid| grant(sid, 100)).to_vec()
    }

    fn grant(sid: &'static str, actions: usize) -> Grant {
        Grant::on_all(sid, &vec!["ec2:CreateVpcs"; actions])
    }

    fn sids(policies: &[Value]) -> Vec<Vec<String>> {
        let of = |policy: &Value| {
            let statements = policy["Statement"].as_array().unwrap();
            let sid = |one: &Value| one["Sid"].as_str().unwrap().to_owned();
            statements.iter().map(sid).collect()
        };
        policies.iter().map(of).collect()
    }

    fn changed(one: &[Value], other: &[Value]) -> Vec<usize> {
        let longest = one.len().max(other.len());
        (0..longest)
            .filter(|index| one.get(*index) != other.get(*index))
            .collect()
    }

    #[test]
    fn statements_stand_in_as_few_policies_as_needed_in_the_order_given() {
        let packed = pack(grants());
        assert_eq!(
            sids(&packed),
            [
                SIDS[0..3].to_vec(),
                SIDS[3..6].to_vec(),
                SIDS[6..9].to_vec()
            ]
        );
        for policy in &packed {
            assert!(policy.to_string().len() <= MANAGED_LIMIT);
        }
        assert_eq!(packed, pack(grants()));
    }

    #[test]
    fn a_statement_that_grows_a_little_changes_its_own_policy_only() {
        let before = pack(grants());
        let mut grown = grants();
        grown[4] = grant("E", 101);
        let after = pack(grown);
        assert_eq!(changed(&before, &after), [1]);
        assert_eq!(sids(&before), sids(&after));
    }

    #[test]
    fn a_statement_that_outgrows_its_policy_leaves_the_policies_before_it_alone() {
        let before = pack(grants());
        let mut grown = grants();
        grown[4] = grant("E", 160);
        let after = pack(grown);
        assert_eq!(sids(&after)[0], SIDS[0..3]);
        assert_eq!(sids(&after)[1], ["D", "E"]);
        assert_eq!(changed(&before, &after)[0], 1);
    }

    #[test]
    fn a_new_statement_that_fits_moves_no_other() {
        let mut more = grants();
        more.push(grant("J", 5));
        let mut expected = sids(&pack(grants()));
        expected[0].push("J".into());
        assert_eq!(sids(&pack(more)), expected);
    }

    #[test]
    fn a_statement_too_big_for_one_policy_is_split_and_allows_the_same() {
        let actions: Vec<&'static str> = vec!["ec2:CreateVpcs"; 900];
        let resources = (0..300)
            .map(|n| format!("arn:aws:s3:::tenantry-{n:020}"))
            .collect();
        for grant in [
            Grant::on_all("Big", &actions),
            Grant::on("Wide", &["s3:GetObject"], resources),
        ] {
            let packed = pack(vec![grant.clone()]);
            assert!(packed.len() > 1);
            let (mut actions, mut resources) = (0, 0);
            let mut names = Vec::new();
            for policy in &packed {
                assert!(policy.to_string().len() <= MANAGED_LIMIT);
                for statement in policy["Statement"].as_array().unwrap() {
                    actions += statement["Action"].as_array().unwrap().len();
                    resources += statement["Resource"].as_array().unwrap().len();
                    names.push(statement["Sid"].to_string());
                }
            }
            assert_eq!(
                actions.max(resources),
                grant.actions.len().max(grant.resources.len())
            );
            names.sort();
            names.dedup();
            assert!(names.len() >= packed.len());
        }
    }
}
