//! The inline policy by which a role refuses sessions that were opened before.
//!
//! Sources: IAM User Guide, "Revoke IAM role temporary security credentials" (`aws:TokenIssueTime`) and "AWS global condition context keys":
//! `aws:SourceIdentity` and `aws:PrincipalTag` (session tags among them) are in every request of a session.

use serde_json::{Value, json};
use tenancy::{access::RefusedSessions, names};

use super::document;

/// A denial of everything to these sessions of the role. Those of grants come in one statement: a grant's id is used once, so that the
/// tag alone says it.
pub fn refused_sessions(refused: &[RefusedSessions]) -> Value {
    let grants: Vec<&str> = refused
        .iter()
        .filter_map(|it| it.grant.as_ref().map(|grant| grant.as_str()))
        .collect();
    let tag = format!("aws:PrincipalTag/{}", names::TAG_GRANT);
    let of_grants = (!grants.is_empty()).then(|| json!({ "StringEquals": { &tag: grants } }));
    let others = refused.iter().filter(|it| it.grant.is_none());
    let conditions = of_grants.into_iter().chain(others.map(of_person));
    document(conditions.map(denial).collect())
}

fn of_person(refused: &RefusedSessions) -> Value {
    let before = json!({ "aws:TokenIssueTime": format!("{:.0}", refused.issued_before) });
    match &refused.source_identity {
        Some(ending) => json!({
            "DateLessThan": before,
            "StringLike": { "aws:SourceIdentity": format!("*{ending}") },
        }),
        None => json!({ "DateLessThan": before }),
    }
}

fn denial(condition: Value) -> Value {
    json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition })
}

#[cfg(test)]
mod tests {
    use tenancy::{
        Timestamp,
        access::{GrantId, MOST_REFUSED, source_identity_ending},
    };

    use super::*;

    /// IAM and AWS STS quotas: the inline policies of a role have 10,240 characters at most.
    const INLINE_LIMIT: usize = 10_240;

    #[test]
    fn sessions_are_refused_by_grant_and_by_person_and_nobody_else_s() {
        let now: Timestamp = "2026-11-20T09:30:00.123Z".parse().unwrap();
        let [one, other] = [1, 2].map(|n| GrantId::from_random([n; 10]));
        let policy = refused_sessions(&[
            RefusedSessions::of_grant(&one, now),
            RefusedSessions::of_person("ann", now),
            RefusedSessions::of_grant(&other, now),
        ]);
        let ann = format!("*{}", source_identity_ending("ann"));
        let expected = document(vec![
            denial(json!({ "StringEquals": { "aws:PrincipalTag/tenantry:grant": [one, other] } })),
            denial(json!({
                "DateLessThan": { "aws:TokenIssueTime": "2026-11-20T09:31:00Z" },
                "StringLike": { "aws:SourceIdentity": ann }
            })),
        ]);
        assert_eq!(policy, expected);
    }

    #[test]
    fn as_many_as_are_told_apart_fit_into_a_role() {
        let now = Timestamp::UNIX_EPOCH;
        let people = (0..MOST_REFUSED).map(|n| RefusedSessions::of_person(&n.to_string(), now));
        let people: Vec<RefusedSessions> = people.collect();
        let size = refused_sessions(&people).to_string().len();
        assert!(size <= INLINE_LIMIT, "{size}");
    }
}
