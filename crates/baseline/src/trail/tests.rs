use proptest::prelude::*;
use serde_json::json;
use tenancy::{DesiredState, Severity, blueprint::Encryption, finding::Repair};

use super::*;
use crate::{
    account::sample_desired,
    component::{Change, Component, Plan},
    declared::{Key, Observed, Resource, ResourceChange, State, write},
    imagine::{Imagined, imagine_until_settled},
    reconcile::summarize,
};

fn desired(desired_state: DesiredState, kind: TrailKind) -> Desired {
    let mut desired = sample_desired(desired_state);
    desired.account = Some("012345678901".parse().unwrap());
    desired.spec.trail = kind;
    desired
}

fn tenant() -> Desired {
    desired(DesiredState::Present, TrailKind::Tenant)
}

fn leaving() -> Desired {
    desired(DesiredState::Absent, TrailKind::Tenant)
}

fn bucket() -> Key {
    let desired = tenant();
    let home = desired.home_region().unwrap();
    Bucket::key(names::trail_bucket(desired.account.as_ref().unwrap(), home))
}

/// As the engine does it: what was observed is taught before it is planned with.
fn plan(desired: &Desired, seen: &Observation) -> Plan<ResourceChange> {
    let mut desired = desired.clone();
    <Trail as Component>::teach(seen, &mut desired);
    <Trail as Component>::plan(&desired, seen)
}

fn imagined(desired: &Desired, seen: Observation) -> Imagined<Trail> {
    let mut desired = desired.clone();
    <Trail as Component>::teach(&seen, &mut desired);
    let imagined = imagine_until_settled::<Trail>(&desired, seen);
    assert!(imagined.converged);
    imagined
}

fn settled() -> Observation {
    imagined(&tenant(), Observation::default()).seen
}

fn state<'a>(seen: &'a mut Observation, key: &Key) -> &'a mut State {
    match seen.0.get_mut(key) {
        Some(Observed::Present(state)) => state,
        other => panic!("{other:?}"),
    }
}

/// A settled trail of which one field was changed behind our back.
fn changed(key: &Key, field: &str, found: Value) -> Observation {
    let mut seen = settled();
    state(&mut seen, key).insert(field.to_owned(), found);
    seen
}

fn keys(plan: &Plan<ResourceChange>) -> Vec<String> {
    plan.changes.iter().map(Change::key).collect()
}

fn findings(seen: &Observation) -> Vec<String> {
    let plan = plan(&tenant(), seen);
    let differences = plan.changes.iter().flat_map(Change::differences);
    differences
        .map(|one| format!("{}: {} for {}", one.key, one.found, one.wanted))
        .collect()
}

#[test]
fn a_trail_is_built_in_four_rounds() {
    let built = imagined(&tenant(), Observation::default());
    assert_eq!(built.rounds, 4);
    assert_eq!(built.changes.len(), 9);
    assert!(plan(&tenant(), &built.seen).is_settled());
}

#[test]
fn each_drift_of_the_bucket_has_its_own_change_and_shows_what_was_found() {
    let none = json!(null);
    let lifecycle = json!({"objects after": 1, "other rules": "theirs"});
    let cases = [
        (
            "tags",
            json!({ names::TAG_TENANT: tenant().tenant }),
            "tags: tenantry:tenant=",
        ),
        ("versioning", json!(false), "versioning: off for on"),
        (
            "encryption",
            json!("aws:kms"),
            "encryption: aws:kms for AES256",
        ),
        (
            "public-access-block",
            none.clone(),
            "public-access-block: nothing for blockPublicAcls=on, ",
        ),
        (
            "object-ownership",
            json!("ObjectWriter"),
            "object-ownership: ObjectWriter for BucketOwnerEnforced",
        ),
        ("policy", none, "policy: nothing for {"),
        (
            "lifecycle",
            lifecycle,
            "lifecycle: objects after 1 days, other rules=theirs for \
             objects after 365 days, old versions after 30 days, unfinished uploads after 7 days",
        ),
    ];
    for (field, found, words) in cases {
        let seen = changed(&bucket(), field, found);
        assert_eq!(keys(&plan(&tenant(), &seen)), [format!("bucket.{field}")]);
        let [finding] = findings(&seen).try_into().unwrap();
        assert!(finding.starts_with(&format!("bucket.{words}")), "{finding}");
    }
}

#[test]
fn each_drift_of_the_trail_is_shown_by_itself_and_its_properties_are_put_back_at_once() {
    let trail = OwnTrail::key();
    let cases = [
        (
            "events",
            json!("write-only management events"),
            "trail.events",
        ),
        ("logging", json!("off: stopped at noon"), "trail.logging"),
        ("multiRegion", json!(false), "trail.properties"),
        ("globalEvents", json!(false), "trail.properties"),
        ("validation", json!(false), "trail.properties"),
        ("prefix", json!("theirs"), "trail.properties"),
        ("key", json!("arn:aws:kms:a-key"), "trail.properties"),
        ("topic", json!("arn:aws:sns:a-topic"), "trail.properties"),
        (
            "copiesTo",
            json!("arn:aws:logs:a-group"),
            "trail.properties",
        ),
    ];
    for (field, found, change) in cases {
        let seen = changed(&trail, field, found);
        assert_eq!(keys(&plan(&tenant(), &seen)), [change]);
        let [finding] = findings(&seen).try_into().unwrap();
        assert!(
            finding.starts_with(&format!("trail.{field}: ")),
            "{finding}"
        );
    }
    let mut seen = changed(&trail, "multiRegion", json!(false));
    state(&mut seen, &trail).insert("validation".into(), json!(false));
    assert_eq!(keys(&plan(&tenant(), &seen)), ["trail.properties"]);
    assert_eq!(findings(&seen).len(), 2);
}

const KEY_ARN: &str = "arn:aws:kms:eu-central-1:012345678901:key/one";

/// A tenant whose own key encrypts, and is known.
fn encrypting() -> Desired {
    let mut desired = tenant();
    desired.spec.keys = true;
    desired.spec.encryption = Encryption::TenantKey;
    let home = desired.home_region().cloned();
    let name = ComponentName::KEYS;
    desired.outputs.set(name, Keys::ARN, home.as_ref(), KEY_ARN);
    desired
}

/// Every difference of a plan, in words.
fn said(plan: &Plan<ResourceChange>) -> Vec<String> {
    let all = plan.changes.iter().flat_map(Change::differences);
    all.map(|one| format!("{}: {} for {}", one.key, one.found, one.wanted))
        .collect()
}

#[test]
fn the_tenants_key_encrypts_trail_and_bucket_and_comes_off_again() {
    let off = plan(&encrypting(), &settled());
    assert_eq!(
        said(&off),
        [
            "bucket.encryption: AES256 for aws:kms".to_owned(),
            format!("bucket.encryption-key: nothing for {KEY_ARN}"),
            "bucket.bucket-key: off for on".to_owned(),
            format!("trail.key: nothing for {KEY_ARN}"),
        ]
    );
    assert_eq!(keys(&off), ["bucket.encryption", "trail.properties"]);
    let encrypted = imagined(&encrypting(), settled()).seen;
    assert!(plan(&encrypting(), &encrypted).is_settled());
    let back = plan(&tenant(), &encrypted);
    assert_eq!(keys(&back), ["bucket.encryption", "trail.properties"]);
    let plain = imagined(&tenant(), encrypted).seen;
    assert!(plan(&tenant(), &plain).is_settled());
}

#[test]
fn each_drift_of_the_encryption_shows_what_was_found() {
    let encrypted = imagined(&encrypting(), settled()).seen;
    let other = "arn:aws:kms:eu-central-1:999988887777:key/theirs";
    let cases = [
        (bucket(), "encryption", json!("AES256"), "bucket.encryption"),
        (
            bucket(),
            "encryption-key",
            json!(other),
            "bucket.encryption",
        ),
        (bucket(), "bucket-key", json!(false), "bucket.encryption"),
        (OwnTrail::key(), "key", json!(other), "trail.properties"),
        (OwnTrail::key(), "key", json!(null), "trail.properties"),
    ];
    for (key, field, found, change) in cases {
        let mut seen = encrypted.clone();
        state(&mut seen, &key).insert(field.to_owned(), found);
        let plan = plan(&encrypting(), &seen);
        assert_eq!(keys(&plan), [change]);
        assert!(said(&plan)[0].contains(field), "{:?}", said(&plan));
    }
}

#[test]
fn trail_and_bucket_wait_for_a_key_that_is_not_known_yet_and_go_by_the_recorded_one() {
    let mut desired = encrypting();
    desired.outputs = Default::default();
    let fresh = plan(&desired, &Observation::default());
    assert!(fresh.changes.is_empty() && !fresh.waits.is_empty());
    let later = plan(&desired, &settled());
    assert!(later.changes.is_empty() && !later.waits.is_empty());
    let known = [(
        "eu-central-1.kms-key.alias/tenantry.id".to_owned(),
        "one".to_owned(),
    )];
    desired.recorded = crate::Recorded::new([(ComponentName::KEYS, known.into())]);
    assert_eq!(
        said(&plan(&desired, &settled())),
        said(&plan(&encrypting(), &settled()))
    );
}

#[test]
fn a_trail_that_is_left_for_the_organizations_is_first_taken_off_the_tenants_key() {
    let mut seen = imagined(&encrypting(), settled()).seen;
    state(&mut seen, &bucket()).insert("id".into(), json!(bucket().name));
    let kinds = const { [&OwnTrail::KIND, &Bucket::KIND] };
    seen.1.extend(kinds.map(|kind| (kind.name, kind)));
    let mut left = desired(DesiredState::Present, TrailKind::Organization);
    assert!(!Trail::wanted(&left).unwrap().contains_key(&OwnTrail::key()));
    let recorded = <Trail as Component>::resources(&encrypting(), &seen);
    left.recorded = crate::Recorded::new([(ComponentName::TRAIL, recorded)]);
    let changes: Vec<String> = imagined(&left, seen)
        .changes
        .iter()
        .map(Change::key)
        .collect();
    assert_eq!(changes, ["bucket.encryption", "trail.properties"]);
}

#[test]
fn what_is_absent_is_made_again() {
    let mut seen = settled();
    seen.0.remove(&bucket());
    assert_eq!(keys(&plan(&tenant(), &seen)), ["bucket"]);
    let mut seen = settled();
    seen.0.remove(&OwnTrail::key());
    assert_eq!(keys(&plan(&tenant(), &seen)), ["trail"]);
}

#[test]
fn the_gap_of_a_stopped_trail_is_in_the_finding() {
    let gap = "off: stopped at noon, last delivery at 11:55";
    let seen = changed(&OwnTrail::key(), "logging", json!(gap));
    assert_eq!(findings(&seen), [format!("trail.logging: {gap} for on")]);
}

#[test]
fn a_trail_is_not_made_or_moved_before_the_bucket_s_policy_is_right_but_goes_on_logging() {
    let mut seen = changed(&bucket(), "policy", json!(null));
    let trail = state(&mut seen, &OwnTrail::key());
    trail.insert("multiRegion".into(), json!(false));
    trail.insert("logging".into(), json!("off"));
    assert_eq!(
        keys(&plan(&tenant(), &seen)),
        ["bucket.policy", "trail.logging"]
    );
    seen.0.remove(&OwnTrail::key());
    assert_eq!(keys(&plan(&tenant(), &seen)), ["bucket.policy"]);
}

#[test]
fn a_trail_that_was_made_in_another_region_is_kept_and_gets_its_bucket_there() {
    let elsewhere = "arn:aws:cloudtrail:us-east-1:012345678901:trail/tenantry-trail";
    let seen = changed(&OwnTrail::key(), "arn", json!(elsewhere));
    assert_eq!(keys(&plan(&tenant(), &seen)), ["bucket"]);
    let after = imagined(&tenant(), seen).seen;
    let name = "tenantry-trail-012345678901-us-east-1".to_owned();
    let trail: OwnTrail = after.present(&OwnTrail::key()).unwrap();
    assert_eq!(trail.delivers_to, name);
    let policy = after.present::<Bucket>(&Bucket::key(name)).unwrap().policy;
    assert!(policy.unwrap().to_string().contains(elsewhere));
}

/// The tenant, as the ledger knows it, once its spec has another Region first.
fn moved(mut desired: Desired) -> Desired {
    desired.recorded = recorded().recorded;
    desired.spec.regions.insert(0, "us-east-1".parse().unwrap());
    desired
}

#[test]
fn trail_bucket_and_copy_stay_where_they_were_made_whichever_region_the_spec_has_first() {
    let mut dropped = moved(tenant());
    dropped.spec.regions.truncate(1);
    for desired in [moved(tenant()), dropped] {
        // What is observed is known by the record alone.
        let wanted = Trail::wanted(&desired).unwrap();
        let buckets: Vec<&Key> = wanted.keys().filter(|key| key.kind == "bucket").collect();
        assert_eq!(buckets, [&bucket()]);
        assert!(plan(&desired, &settled()).is_settled());
        let drifted = changed(&bucket(), "versioning", json!(false));
        assert_eq!(keys(&plan(&desired, &drifted)), ["bucket.versioning"]);
    }
    let seen = imagined(&copied(), Observation::default()).seen;
    assert!(plan(&moved(copied()), &seen).is_settled());
}

#[test]
fn an_encrypted_trail_stays_under_the_key_of_its_home_whichever_region_the_spec_has_first() {
    let mut encrypted = encrypting();
    encrypted.spec.trail_log_retention_days = Some(365);
    let seen = imagined(&encrypted, Observation::default()).seen;
    let moved = moved(encrypted);
    assert!(plan(&moved, &seen).is_settled());
    let group: LogGroup = seen.present(&group()).unwrap();
    assert_eq!(group.key.as_deref(), Some(KEY_ARN));
}

#[test]
fn a_trail_that_was_deleted_is_made_again_where_its_bucket_is() {
    let mut moved = moved(tenant());
    let name = bucket().name;
    let known = [(format!("{}.id", bucket()), name.clone())];
    moved.recorded = crate::Recorded::new([(ComponentName::TRAIL, known.into())]);
    let mut seen = settled();
    seen.0.remove(&OwnTrail::key());
    let made = imagined(&moved, seen);
    assert_eq!(keys_of(&made.changes)[0], "trail");
    let trail: OwnTrail = made.seen.present(&OwnTrail::key()).unwrap();
    assert_eq!(
        (trail.delivers_to, trail.home),
        (name, home(&tenant()).unwrap())
    );
    let others = [("bucket.theirs-eu-west-3.id".to_owned(), "theirs".to_owned())];
    moved.recorded = crate::Recorded::new([(ComponentName::TRAIL, others.into())]);
    assert_eq!(home(&moved).as_ref(), moved.home_region());
}

/// An encrypted trail with a copy, as it is seen and as the ledger knows it.
fn built_encrypted() -> (Desired, Observation) {
    let mut encrypted = encrypting();
    encrypted.spec.trail_log_retention_days = Some(365);
    let mut seen = imagined(&encrypted, Observation::default()).seen;
    let kind = const { &OwnTrail::KIND };
    seen.1.insert(kind.name, kind);
    let recorded = <Trail as Component>::resources(&encrypted, &seen);
    encrypted.recorded = crate::Recorded::new([(ComponentName::TRAIL, recorded)]);
    (encrypted, seen)
}

#[test]
fn the_key_stays_on_record_until_trail_bucket_and_log_group_are_off_it() {
    let (encrypted, mut seen) = built_encrypted();
    let key = |seen: &Observation| {
        let recorded = <Trail as Component>::resources(&encrypted, seen);
        recorded.get("key").cloned()
    };
    for (of, field) in [
        (OwnTrail::key(), "key"),
        (bucket(), "encryption-key"),
        (group(), "key"),
    ] {
        assert_eq!(key(&seen).as_deref(), Some(KEY_ARN), "{of}");
        state(&mut seen, &of).insert(field.to_owned(), json!(null));
    }
    assert_eq!(key(&seen), None);
}

#[test]
fn an_encrypted_trail_that_is_left_is_remembered_so_that_it_comes_off_the_key_when_that_goes() {
    let (mut left, _) = built_encrypted();
    left.spec.trail = TrailKind::Organization;
    left.spec.regions = vec!["us-east-1".parse().unwrap()];
    for _ in 0..2 {
        // It is not observed, and recorded again.
        let recorded = <Trail as Component>::resources(&left, &Observation::default());
        left.recorded = crate::Recorded::new([(ComponentName::TRAIL, recorded)]);
    }
    assert!(!Trail::wanted(&left).unwrap().contains_key(&OwnTrail::key()));
    left.spec.keys = false;
    let wanted = Trail::wanted(&left).unwrap();
    assert!(wanted.contains_key(&OwnTrail::key()) && wanted.contains_key(&bucket()));
}

#[test]
fn a_trail_that_is_left_for_the_organizations_is_known_for_the_tenants_own_afterwards() {
    let mut left = tenant();
    let made_in = home(&left);
    let mut seen = settled();
    let kind = const { &OwnTrail::KIND };
    seen.1.insert(kind.name, kind);
    left.recorded = crate::Recorded::new([(
        ComponentName::TRAIL,
        <Trail as Component>::resources(&left, &seen),
    )]);
    left.spec.trail = TrailKind::Organization;
    left.spec.regions = vec!["us-east-1".parse().unwrap()];
    for _ in 0..2 {
        let recorded = <Trail as Component>::resources(&left, &Observation::default());
        left.recorded = crate::Recorded::new([(ComponentName::TRAIL, recorded)]);
        assert_ne!(left.home_region(), made_in.as_ref());
        assert_eq!(home(&left), made_in);
        assert!(!Trail::wanted(&left).unwrap().contains_key(&OwnTrail::key()));
    }
}

#[test]
fn the_key_stays_on_record_while_the_bucket_cannot_be_read() {
    let (mut desired, seen) = built_encrypted();
    desired.recorded = crate::Recorded::new([(
        ComponentName::TRAIL,
        <Trail as Component>::resources(&desired, &seen),
    )]);
    let mut off = seen.clone();
    state(&mut off, &OwnTrail::key()).insert("key".into(), Value::Null);
    let failure = tenancy::Failure::bug("reading the bucket", "it does not answer");
    off.0.insert(bucket(), Observed::Unreadable(failure));
    let group = copy::group_key(&home(&desired).unwrap());
    off.0.remove(&group);
    let recorded = <Trail as Component>::resources(&desired, &off);
    assert!(recorded.contains_key(super::KEY), "{recorded:#?}");
    off.0.insert(bucket(), Observed::Absent);
    let recorded = <Trail as Component>::resources(&desired, &off);
    assert!(!recorded.contains_key(super::KEY), "{recorded:#?}");
}

#[test]
fn tags_of_others_on_the_bucket_are_kept() {
    let mut tags = tenant().tags(ComponentName::TRAIL);
    tags.insert("theirs".into(), "x".into());
    let seen = changed(&bucket(), "tags", json!(tags));
    assert!(plan(&tenant(), &seen).is_settled());
    tags.remove("tenantry:cost-center");
    let seen = changed(&bucket(), "tags", json!(tags));
    let after = imagined(&tenant(), seen).seen;
    let tags = after.present::<Bucket>(&bucket()).unwrap().tags;
    assert_eq!(tags["theirs"], "x");
    assert!(tags.contains_key("tenantry:cost-center"));
}

/// A trail that does not carry our tag.
fn foreign(seen: &mut Observation) {
    let trail = state(seen, &OwnTrail::key());
    trail.insert("tags".into(), json!({}));
}

#[test]
fn a_stranger_s_trail_of_our_name_parks_and_survives() {
    let mut seen = settled();
    foreign(&mut seen);
    let building = plan(&tenant(), &seen);
    assert!(building.changes.is_empty() && building.obstacles.len() == 1);
    assert!(plan(&leaving(), &seen).is_settled());
}

/// The tenant as the ledger knows it once its trail was built.
fn recorded() -> Desired {
    let mut seen = settled();
    state(&mut seen, &bucket()).insert("id".into(), json!(bucket().name));
    let kinds = const { [&OwnTrail::KIND, &Bucket::KIND] };
    seen.1.extend(kinds.map(|kind| (kind.name, kind)));
    let resources = <Trail as Component>::resources(&tenant(), &seen);
    Desired {
        recorded: crate::Recorded::new([(ComponentName::TRAIL, resources)]),
        ..tenant()
    }
}

#[test]
fn a_trail_that_delivers_to_our_bucket_without_our_tag_is_not_ours_unless_it_was_recorded() {
    let seen = changed(&OwnTrail::key(), "tags", json!({}));
    assert_eq!(plan(&tenant(), &seen).obstacles.len(), 1);
    assert_eq!(keys(&plan(&recorded(), &seen)), ["trail.tags"]);
    let seen = changed(&OwnTrail::key(), "deliversTo", json!("elsewhere"));
    assert_eq!(keys(&plan(&tenant(), &seen)), ["trail.properties"]);
}

#[test]
fn a_trail_and_a_bucket_of_ours_retagged_are_critical_and_get_their_tags_back() {
    let another = json!({ names::TAG_TENANT: "t-aaaaaaaaaaaaaaaa" });
    for (key, expected) in [(OwnTrail::key(), "trail.tags"), (bucket(), "bucket.tags")] {
        let mut seen = changed(&key, "tags", another.clone());
        state(&mut seen, &bucket()).insert("id".into(), json!(bucket().name));
        let unknown = plan(&tenant(), &seen);
        assert!(unknown.changes.is_empty() && unknown.obstacles.len() == 1);
        let known = plan(&recorded(), &seen);
        assert_eq!(keys(&known), [expected]);
        assert_eq!(known.changes[0].difference().severity, Severity::Critical);
        let after = imagined(&recorded(), seen);
        assert!(plan(&tenant(), &after.seen).is_settled());
    }
}

#[test]
fn a_retagged_trail_of_ours_goes_with_its_tenant() {
    let another = json!({ names::TAG_TENANT: "t-aaaaaaaaaaaaaaaa" });
    let seen = changed(&OwnTrail::key(), "tags", another);
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..recorded()
    };
    assert_eq!(keys(&plan(&leaving, &seen)), ["trail"]);
}

#[test]
fn a_delivery_that_fails_is_a_finding_for_a_person_and_holds_nothing_up() {
    for field in ["deliveryError", "digestError"] {
        let seen = changed(&OwnTrail::key(), field, json!("AccessDenied"));
        let plan = plan(&tenant(), &seen);
        assert!(plan.is_settled());
        let [finding] = plan.findings.as_slice() else {
            panic!("{:?}", plan.findings)
        };
        assert_eq!(finding.key, format!("trail.{field}"));
        assert_eq!(
            (finding.found.as_str(), finding.wanted.as_str()),
            ("AccessDenied", "no error")
        );
        assert_eq!(finding.repair, Repair::Person);
    }
}

#[test]
fn a_prefix_is_taken_off_the_trail_after_the_bucket_s_policy_is_put_back() {
    let mut seen = changed(&OwnTrail::key(), "prefix", json!("theirs"));
    state(&mut seen, &bucket()).insert("policy".into(), json!({}));
    let shown = plan(&tenant(), &seen).findings;
    assert_eq!(shown[0].key, "trail.prefix", "an audit shows it as well");
    assert_eq!(shown[0].repair, Repair::Tenantry);
    let keys: Vec<String> = imagined(&tenant(), seen)
        .changes
        .iter()
        .map(Change::key)
        .collect();
    assert_eq!(keys, ["bucket.policy", "trail.properties"]);
}

#[test]
fn a_bucket_without_our_tag_or_with_another_tenant_s_is_left_alone() {
    for tags in [
        json!({}),
        json!({ names::TAG_TENANT: "t-aaaaaaaaaaaaaaaa" }),
    ] {
        let seen = changed(&bucket(), "tags", tags);
        let plan = plan(&tenant(), &seen);
        assert!(plan.changes.is_empty() && plan.obstacles.len() == 1);
    }
}

fn organization(trail: Option<&OrganizationTrail>) -> Vec<String> {
    let desired = desired(DesiredState::Present, TrailKind::Organization);
    let mut seen = Observation::default();
    let observed = trail.map_or(Observed::Absent, |trail| Observed::Present(write(trail)));
    seen.0.insert(OrganizationTrail::KEY, observed);
    let outcome = summarize::<Trail>(&desired, &seen, Vec::new(), Vec::new());
    assert!(
        outcome.is_settled(),
        "a finding keeps nobody from being ready"
    );
    outcome.findings.into_iter().map(|one| one.key).collect()
}

#[test]
fn what_is_wrong_with_the_organization_s_trail_is_a_finding_each_that_holds_nothing_up() {
    let good = OrganizationTrail {
        arn: "arn".into(),
        multi_region: true,
        validation: true,
        stopped: None,
        delivery_error: None,
    };
    assert!(organization(Some(&good)).is_empty());
    assert_eq!(organization(None), ["TNT.TRAIL.1"]);
    type Spoil = fn(&mut OrganizationTrail);
    let cases: [(&str, Spoil); 4] = [
        ("TNT.TRAIL.2", |t| t.multi_region = false),
        ("TNT.TRAIL.3", |t| t.validation = false),
        ("TNT.TRAIL.4", |t| t.stopped = Some("since noon".into())),
        ("TNT.TRAIL.5", |t| {
            t.delivery_error = Some("AccessDenied".into())
        }),
    ];
    for (id, spoil) in cases {
        let mut trail = good.clone();
        spoil(&mut trail);
        assert_eq!(organization(Some(&trail)), [id]);
    }
    assert!(
        summarize::<Trail>(&tenant(), &settled(), vec![], vec![])
            .findings
            .is_empty()
    );
}

#[test]
fn a_blueprint_that_turns_to_the_organization_s_trail_leaves_the_tenant_s_own() {
    let desired = desired(DesiredState::Present, TrailKind::Organization);
    let wanted = Trail::wanted(&desired).unwrap();
    let observed: Vec<&Key> = wanted.keys().collect();
    assert_eq!(observed, [&OrganizationTrail::KEY, &OtherTrails::KEY]);
}

/// A tenant whose trail is copied to a log group.
fn copied() -> Desired {
    let mut desired = tenant();
    desired.spec.trail_log_retention_days = Some(365);
    desired
}

fn group() -> Key {
    copy::group_key(tenant().home_region().unwrap())
}

const ROLE: &str = "role.tenantry-trail-logs";

fn keys_of(changes: &[ResourceChange]) -> Vec<String> {
    changes.iter().map(Change::key).collect()
}

#[test]
fn the_trail_copies_to_its_log_group_once_group_and_role_are_there() {
    let built = imagined(&copied(), Observation::default());
    let changes = keys_of(&built.changes);
    let at = |key: &str| changes.iter().position(|one| one == key);
    assert!(at("trail") < at("trail.properties"), "{changes:?}");
    assert!(at("log-group") < at("trail.properties"), "{changes:?}");
    let trail: OwnTrail = built.seen.present(&OwnTrail::key()).unwrap();
    let account = copied().account.unwrap();
    let home = copied().home_region().unwrap().clone();
    assert_eq!(
        trail.copies_to,
        Some(format!(
            "arn:aws:logs:{home}:{account}:log-group:/tenantry/trail:*"
        ))
    );
    let mut taught = copied();
    <Trail as Component>::teach(&built.seen, &mut taught);
    let group = taught
        .outputs
        .get(ComponentName::TRAIL, Trail::LOG_GROUP, Some(&home));
    assert_eq!(group, Some("/tenantry/trail"));
}

#[test]
fn a_stranger_s_log_group_of_our_name_does_not_keep_the_trail_from_recording() {
    let mut seen = Observation::default();
    let stranger = crate::resources::LogGroup::default();
    seen.0.insert(group(), Observed::Present(write(&stranger)));
    let built = imagined(&copied(), seen);
    let trail: OwnTrail = built.seen.present(&OwnTrail::key()).unwrap();
    assert_eq!(trail.logging, OwnTrail::LOGGING);
    assert_eq!(trail.copies_to, None);
}

#[test]
fn the_copy_that_goes_elsewhere_or_is_kept_for_another_time_is_found_with_its_values() {
    let settled = imagined(&copied(), Observation::default()).seen;
    for (key, field, found, expected) in [
        (OwnTrail::key(), "copiesTo", json!(null), "trail.copiesTo"),
        (
            OwnTrail::key(),
            "copiesBy",
            json!("arn:aws:iam::1:role/x"),
            "trail.copiesBy",
        ),
        (group(), "retention", json!(1), "log-group.retention"),
    ] {
        let mut seen = settled.clone();
        state(&mut seen, &key).insert(field.to_owned(), found);
        let plan = plan(&copied(), &seen);
        let differences: Vec<String> = plan
            .changes
            .iter()
            .flat_map(Change::differences)
            .map(|difference| difference.key)
            .collect();
        assert_eq!(differences, [expected]);
    }
}

#[test]
fn a_delivery_to_the_log_group_that_fails_is_a_finding_for_a_person() {
    let mut seen = imagined(&copied(), Observation::default()).seen;
    let error = json!("AccessDenied");
    state(&mut seen, &OwnTrail::key()).insert("copyError".to_owned(), error);
    let plan = plan(&copied(), &seen);
    assert!(plan.changes.is_empty());
    let [finding] = plan.findings.as_slice() else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!(
        (finding.key.as_str(), finding.found.as_str(), finding.repair),
        ("trail.copyError", "AccessDenied", Repair::Person)
    );
}

#[test]
fn a_blueprint_without_the_copy_stops_it_and_keeps_what_it_holds_until_the_tenant_leaves() {
    let mut seen = imagined(&copied(), Observation::default()).seen;
    state(&mut seen, &group()).insert("id".to_owned(), json!("1"));
    let recorded = <Trail as Component>::resources(&copied(), &seen);
    let recorded = crate::recorded::Recorded::new([(ComponentName::TRAIL, recorded)]);
    let mut without = tenant();
    without.recorded = recorded.clone();
    let stopped = imagined(&without, seen.clone());
    assert_eq!(keys_of(&stopped.changes), ["trail.properties"]);
    assert!(stopped.seen.0.contains_key(&group()));

    let mut leaving = leaving();
    leaving.recorded = recorded;
    let observed = <Trail as Declared>::wanted(&leaving).unwrap();
    assert!(observed.contains_key(&group()));
    let left = keys_of(&imagined(&leaving, seen).changes);
    let at = |key: &str| left.iter().position(|one| one == key).unwrap();
    assert!(at("trail") < at("log-group"), "{left:?}");
    assert!(at("trail") < at("log-group-role"), "{left:?}");
}

#[test]
fn a_protection_from_deletion_comes_off_the_log_group_before_it_goes() {
    let mut seen = imagined(&copied(), Observation::default()).seen;
    state(&mut seen, &group()).insert("protected".to_owned(), json!(true));
    let mut leaving = leaving();
    let recorded = <Trail as Component>::resources(&copied(), &seen);
    leaving.recorded = crate::recorded::Recorded::new([(ComponentName::TRAIL, recorded)]);
    let left = keys_of(&imagined(&leaving, seen).changes);
    let at = |key: &str| left.iter().position(|one| one == key);
    assert!(at("log-group.protected").is_some(), "{left:?}");
    assert!(at("log-group.protected") < at("log-group"), "{left:?}");
}

#[test]
fn a_tenant_without_the_copy_asks_nothing_of_logs_and_iam() {
    let wanted = <Trail as Declared>::wanted(&tenant()).unwrap();
    assert!(!wanted.contains_key(&group()));
    assert!(wanted.keys().all(|key| key.to_string() != ROLE));
    let wanted = <Trail as Declared>::wanted(&leaving()).unwrap();
    assert!(!wanted.contains_key(&group()));
}

prop_compose! {
    /// Of each field what is wanted, or something else.
    fn any_seen()(spoilt in any::<[bool; 15]>(), absent in any::<[bool; 2]>()) -> Observation {
        let mut seen = settled();
        let mut spoil = |key: &Key, names: &[&str], at: usize, found: Value| {
            for (name, _) in names.iter().zip(&spoilt[at..]).filter(|(_, spoilt)| **spoilt) {
                state(&mut seen, key).insert((*name).to_owned(), found.clone());
            }
        };
        spoil(&bucket(), &["tags"], 0, json!({"theirs": "x"}));
        spoil(&bucket(), &["versioning"], 1, json!(false));
        let optional = ["encryption", "public-access-block", "object-ownership", "policy"];
        spoil(&bucket(), &optional, 2, json!(null));
        spoil(&bucket(), &["lifecycle"], 6, json!({}));
        spoil(&OwnTrail::key(), &["multiRegion", "globalEvents", "validation"], 7, json!(false));
        spoil(&OwnTrail::key(), &["events", "logging", "deliversTo"], 10, json!("something else"));
        spoil(&OwnTrail::key(), &["tags"], 13, json!({}));
        let keys = [bucket(), OwnTrail::key()];
        for (key, _) in keys.iter().zip(absent).filter(|(_, absent)| *absent) {
            seen.0.remove(key);
        }
        seen
    }
}

/// Whether it is there, and not ours.
fn is_foreign(seen: &Observation, key: &Key) -> bool {
    let tags = match seen.0.get(key) {
        Some(Observed::Present(found)) => found["tags"].clone(),
        _ => return false,
    };
    tags.get(names::TAG_TENANT).is_none()
}

proptest! {
    #[test]
    fn from_anything_seen_the_trail_is_put_right_and_stays(seen in any_seen()) {
        let foreign = is_foreign(&seen, &bucket()) || is_foreign(&seen, &OwnTrail::key());
        let imagined = imagined(&tenant(), seen);
        let again = plan(&tenant(), &imagined.seen);
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(again.is_settled(), !foreign);
    }

    #[test]
    fn a_departure_deletes_our_trail_and_nothing_else(seen in any_seen()) {
        let foreign = is_foreign(&seen, &OwnTrail::key());
        let imagined = imagined(&leaving(), seen.clone());
        prop_assert_eq!(imagined.seen.0.get(&bucket()), seen.0.get(&bucket()));
        prop_assert_eq!(imagined.seen.present::<OwnTrail>(&OwnTrail::key()).is_some(), foreign);
        for change in &imagined.changes {
            prop_assert_eq!(change.key(), "trail");
        }
    }

    #[test]
    fn keys_are_unique_in_a_plan(seen in any_seen()) {
        let keys = keys(&plan(&tenant(), &seen));
        let unique: std::collections::BTreeSet<&String> = keys.iter().collect();
        prop_assert_eq!(unique.len(), keys.len());
    }
}
