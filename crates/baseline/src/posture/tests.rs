use tenancy::{
    ComponentName,
    finding::{Difference, Repair},
    suppression::NewSuppression,
};

use super::*;
use crate::catalogue;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
}

fn id(text: &str) -> ControlId {
    text.parse().unwrap()
}

fn finding(key: &str, resource: &str, severity: Severity) -> Finding {
    Finding {
        difference: Difference {
            key: key.into(),
            component: ComponentName::TRAIL,
            resource: resource.into(),
            field: "field".into(),
            wanted: "on".into(),
            found: "off".into(),
            severity,
            remedy: "Put it right.".into(),
            repair: Repair::Tenantry,
        },
        state: FindingState::Open,
        first_seen: at(0),
        last_seen: at(0),
        resolved_at: None,
        other: OtherFields::new(),
    }
}

fn all_passed() -> BTreeMap<ControlId, Verdict> {
    let all = catalogue::controls();
    all.map(|control| (control.id.clone(), Verdict::Passed))
        .collect()
}

#[test]
fn an_audit_without_change_records_nothing_and_half_a_year_later_once() {
    let first = after_pass(None, &all_passed(), &[], &[], at(0));
    let day = first.day.clone().unwrap();
    assert_eq!((day.score, day.at), (Some(100), at(0)));
    let next = after_pass(Some(&first), &all_passed(), &[], &[], at(1));
    assert_eq!(next, first);
    let much_later = after_pass(Some(&first), &all_passed(), &[], &[], at(181));
    assert_eq!(much_later.day.unwrap().at, at(181));
}

#[test]
fn a_control_fails_while_it_has_an_open_finding_and_keeps_since_when() {
    let stopped = finding(
        "trail.trail.tenantry-trail.logging",
        "tenantry-trail",
        Severity::High,
    );
    let first = after_pass(None, &all_passed(), &[], &[], at(0));
    let failed = after_pass(Some(&first), &all_passed(), &[&stopped], &[], at(1));
    let trail = id("TNT.TRAIL.101");
    let record = &failed.controls[&trail];
    assert_eq!((record.state, record.since), (ControlState::Failed, at(1)));
    let day = failed.day.clone().unwrap();
    assert!(day.score < Some(100), "{day:?}");
    assert_eq!((day.open.high, day.failed.of(&trail)), (1, 1));
    let still = after_pass(Some(&failed), &all_passed(), &[&stopped], &[], at(2));
    assert_eq!(still, failed);

    // A repair is no audit: it has no verdicts, and resolves the finding.
    let repaired = after_pass(Some(&failed), &BTreeMap::new(), &[], &[], at(3));
    let record = &repaired.controls[&trail];
    assert_eq!((record.state, record.since), (ControlState::Passed, at(3)));
    assert_eq!(repaired.day.unwrap().score, Some(100));
}

#[test]
fn what_does_not_apply_or_cannot_be_verified_is_no_part_of_the_score() {
    let mut verdicts = all_passed();
    verdicts.insert(id("TNT.TRAIL.1"), Verdict::NotApplicable("not wanted"));
    verdicts.insert(id("TNT.TRAIL.2"), Verdict::NotVerifiable("denied".into()));
    verdicts.insert(id("TNT.TRAIL.101"), Verdict::Failed("not made yet".into()));
    let controls = after_pass(None, &verdicts, &[], &[], at(0));
    let record = &controls.controls[&id("TNT.TRAIL.101")];
    assert_eq!(record.state, ControlState::NotVerifiable);
    assert_eq!(record.why.as_deref(), Some(UNFINISHED));
    let day = controls.day.unwrap();
    assert_eq!(day.score, Some(100));
    assert_eq!(
        (day.not_applicable.total(), day.not_verifiable.total()),
        (1, 2)
    );
    assert_eq!(day.passed as usize, verdicts.len() - 3);
}

#[test]
fn a_suppressed_finding_is_counted_beside_the_score_and_comes_back_when_that_ends() {
    // Few controls, so that one more that failed shows in a score of whole percents.
    let mut verdicts = all_passed();
    verdicts.retain(|control, _| control.as_str().starts_with("TNT.TRAIL."));
    let known = finding("TNT.TRAIL.6", "trails", Severity::Medium);
    let other = finding("trail.bucket.b.policy", "b", Severity::High);
    let new = NewSuppression {
        control: id("TNT.TRAIL.6"),
        resource: Some("trails".into()),
        reason: "theirs".into(),
        expires_at: at(10),
    };
    let suppressions = [new.by("ann", at(0))];
    let found = [&known, &other];
    let hidden = after_pass(None, &verdicts, &found, &suppressions, at(1));
    let record = &hidden.controls[&id("TNT.TRAIL.6")];
    assert_eq!(
        record.state,
        ControlState::Failed,
        "it is hidden, not passed"
    );
    let day = hidden.day.clone().unwrap();
    assert_eq!((day.suppressed.total(), day.failed.total()), (1, 1));
    assert_eq!((day.open.medium, day.open.high), (0, 1));
    let back = after_pass(Some(&hidden), &verdicts, &found, &suppressions, at(10));
    let back = back.day.unwrap();
    assert_eq!((back.suppressed.total(), back.failed.total()), (0, 2));
    assert!(back.score < day.score);
}

#[test]
fn a_year_of_days_on_each_of_which_everything_changed_is_small() {
    let mut total = 0;
    for number in 0..366 {
        let verdicts = catalogue::controls().map(|control| {
            let verdict = match number % 2 {
                0 => Verdict::NotVerifiable("denied".into()),
                _ => Verdict::NotApplicable("not wanted"),
            };
            (control.id.clone(), verdict)
        });
        let found: Vec<Finding> = (0..300)
            .map(|n| finding(&format!("trail.bucket.b-{n}.{number}"), "b", Severity::High))
            .collect();
        let found: Vec<&Finding> = found.iter().collect();
        let controls = after_pass(None, &verdicts.collect(), &found, &[], at(number));
        let day = serde_json::to_string(&controls.day.unwrap()).unwrap();
        total += day.len();
    }
    assert!(total < 400 * 1024, "{total} bytes");
}
