//! The adapter over a toy kind: a box with a size, labels, tags, and things in it that must be taken out before it goes.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::{DesiredState, Failure, FailureKind, Severity, finding::Repair};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component, Plan},
    imagine::imagine_until_settled,
    row::Line,
};

const FIELDS: &[Field] = &[
    Field::new("size", "size", "Set the size of")
        .unit("litres")
        .severity(Severity::High),
    Field::new("lid", "lid", "Set lid and lock of").call("closing"),
    Field::new("lock", "lock", "Set lid and lock of").call("closing"),
    Field::new("things", "things", "Sort")
        .compare(Compare::Entries)
        .strip(),
    Field::TAGS,
];

#[derive(Clone, Serialize, Deserialize)]
struct Box {
    size: u32,
    lid: bool,
    lock: bool,
    #[serde(default)]
    things: Vec<String>,
    tags: BTreeMap<String, String>,
    #[serde(default)]
    locked_by: Option<String>,
    #[serde(default)]
    held_by: Option<String>,
}

impl Resource for Box {
    const KIND: Kind = Kind::of::<Self>("box", "box", FIELDS);

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn locked(&self) -> Option<String> {
        self.locked_by.clone()
    }

    fn held(&self) -> Option<String> {
        self.held_by.clone()
    }

    fn created(&self) -> Self {
        Self {
            things: Vec::new(),
            ..self.clone()
        }
    }
}

struct Toy;

const NAME: ComponentName = ComponentName::new("toy");

fn key(name: &str) -> Key {
    Key::in_account("box", name.to_owned())
}

fn wanted_box(desired: &Desired) -> Box {
    Box {
        size: 3,
        lid: true,
        lock: true,
        things: vec!["pen".into()],
        tags: desired.tags(NAME),
        locked_by: None,
        held_by: None,
    }
}

impl Declared for Toy {
    const NAME: ComponentName = NAME;

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.network
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let wanted = || Wanted::of(&wanted_box(desired));
        Ok(BTreeMap::from([
            (key("outer"), wanted()),
            (key("inner"), wanted().after([key("outer")])),
        ]))
    }

    fn grants(_scope: &Scope) -> Grants {
        Grants::default()
    }
}

fn desired() -> Desired {
    sample(DesiredState::Present)
}

fn settled() -> Observation {
    let mut seen = imagine_until_settled::<Toy>(&desired(), Observation::default()).seen;
    seen.1.insert("box", const { &Box::KIND });
    seen
}

fn edit(seen: &mut Observation, name: &str, field: &str, value: serde_json::Value) {
    match seen.0.get_mut(&key(name)) {
        Some(Observed::Present(state)) => state.insert(field.into(), value),
        other => panic!("{other:?}"),
    };
}

fn keys(plan: &Plan<ResourceChange>) -> Vec<String> {
    plan.changes.iter().map(Change::key).collect()
}

#[test]
fn what_is_needed_is_made_first_and_what_creation_leaves_open_is_set_after_it() {
    let first = Toy::plan(&desired(), &Observation::default());
    assert_eq!(keys(&first), ["box.outer"]);
    let imagined = imagine_until_settled::<Toy>(&desired(), Observation::default());
    assert!(imagined.converged);
    let all: Vec<String> = imagined.changes.iter().map(Change::key).collect();
    assert_eq!(
        all,
        [
            "box.outer",
            "box.inner",
            "box.outer.things.pen",
            "box.inner.things.pen"
        ]
    );
}

#[test]
fn drift_is_shown_field_by_field_with_its_values() {
    let mut seen = settled();
    edit(&mut seen, "outer", "size", json!(90));
    let plan = Toy::plan(&desired(), &seen);
    let [change] = plan.changes.as_slice() else {
        panic!("{plan:?}")
    };
    let words = change.difference();
    assert_eq!(
        (
            words.key.as_str(),
            words.wanted.as_str(),
            words.found.as_str()
        ),
        ("box.outer.size", "3 litres", "90 litres")
    );
    assert_eq!(words.remedy, "Set the size of box `outer`.");
    assert_eq!(words.severity, Severity::High);
}

#[test]
fn fields_of_one_call_are_set_together_and_found_one_by_one() {
    let mut seen = settled();
    edit(&mut seen, "outer", "lid", json!(false));
    edit(&mut seen, "outer", "lock", json!(false));
    let plan = Toy::plan(&desired(), &seen);
    assert_eq!(keys(&plan), ["box.outer.closing"]);
    let found: Vec<String> = plan.changes[0]
        .differences()
        .into_iter()
        .map(|d| d.key)
        .collect();
    assert_eq!(found, ["box.outer.lid", "box.outer.lock"]);
}

#[test]
fn an_entry_too_many_is_removed_and_a_missing_one_put_back_each_by_itself() {
    let mut seen = settled();
    edit(&mut seen, "outer", "things", json!(["knife"]));
    let plan = Toy::plan(&desired(), &seen);
    assert_eq!(
        keys(&plan),
        ["box.outer.things.knife", "box.outer.things.pen"]
    );
    for change in plan.changes {
        ResourceFact::expected(&change).learn(&mut seen);
    }
    assert!(Toy::plan(&desired(), &seen).is_settled());
}

#[test]
fn tags_of_others_are_left_alone_and_ours_put_back() {
    let mut seen = settled();
    let mut tags = desired().tags(NAME);
    tags.insert("team".into(), "blue".into());
    tags.insert("tenantry:cost-center".into(), "another".into());
    edit(&mut seen, "outer", "tags", json!(tags));
    let plan = Toy::plan(&desired(), &seen);
    assert_eq!(keys(&plan), ["box.outer.tags"]);
    ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
    let tags = seen.present::<Box>(&key("outer")).unwrap().tags;
    assert_eq!(tags["team"], "blue");
    assert!(Toy::plan(&desired(), &seen).is_settled());
}

#[test]
fn what_has_our_name_and_not_our_tag_is_never_touched() {
    let mut seen = settled();
    edit(&mut seen, "outer", "tags", json!({}));
    edit(&mut seen, "outer", "size", json!(1));
    let plan = Toy::plan(&desired(), &seen);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
    let leaving = Toy::plan(&sample(DesiredState::Absent), &seen);
    assert_eq!(keys(&leaving), ["box.inner.things.pen"]);
    assert!(leaving.obstacles.is_empty());
}

#[test]
fn one_that_cannot_be_read_or_is_pending_blinds_no_other() {
    // Of two, each in turn: the one before and the one after it.
    for (blind, other) in [("outer", "inner"), ("inner", "outer")] {
        let drifted = format!("box.{other}.size");
        let mut seen = settled();
        let failure = Failure::retry(FailureKind::Transient, "reading", "down", 5);
        let unreadable = Observed::Unreadable(failure.clone());
        seen.0.insert(key(blind), unreadable);
        edit(&mut seen, other, "size", json!(1));
        let plan = Toy::plan(&desired(), &seen);
        assert_eq!(keys(&plan), std::slice::from_ref(&drifted));
        assert_eq!(plan.obstacles, [failure]);
        let outcome = crate::reconcile::summarize::<Toy>(&desired(), &seen, vec![], vec![]);
        assert!(outcome.unseen, "what it was found with before is kept");
        let wait = Wait {
            waiting_for: "a report".into(),
            after_secs: 9,
        };
        seen.0.insert(key(blind), Observed::Pending(wait.clone()));
        let plan = Toy::plan(&desired(), &seen);
        assert_eq!((keys(&plan), plan.waits), (vec![drifted], vec![wait]));
    }
}

#[test]
fn what_somebody_else_sets_is_a_finding_that_repair_leaves() {
    let mut seen = settled();
    edit(&mut seen, "outer", "lockedBy", json!("a policy"));
    edit(&mut seen, "outer", "locked_by", json!("a policy"));
    assert!(Toy::plan(&desired(), &seen).findings.is_empty());
    edit(&mut seen, "outer", "size", json!(1));
    let plan = Toy::plan(&desired(), &seen);
    assert!(plan.is_settled());
    assert_eq!(plan.findings[0].repair, Repair::Person);
    assert!(plan.findings[0].remedy.contains("a policy"));
}

#[test]
fn it_leaves_emptied_first_in_the_reverse_order_of_building() {
    let leaving = sample(DesiredState::Absent);
    let imagined = imagine_until_settled::<Toy>(&leaving, settled());
    let all: Vec<String> = imagined.changes.iter().map(Change::key).collect();
    assert_eq!(
        all,
        [
            "box.inner.things.pen",
            "box.outer.things.pen",
            "box.inner",
            "box.outer"
        ]
    );
    assert!(imagined.converged);
}

#[test]
fn what_is_not_wanted_any_more_goes_if_it_is_ours() {
    let mut seen = settled();
    let old = wanted_box(&desired());
    let stranger = Box {
        tags: BTreeMap::new(),
        ..old.clone()
    };
    seen.0.insert(
        key("old"),
        Observed::Present(write(&Box {
            things: vec![],
            ..old
        })),
    );
    seen.0
        .insert(key("foreign"), Observed::Present(write(&stranger)));
    let plan = Toy::plan(&desired(), &seen);
    assert_eq!(keys(&plan), ["box.old"]);
    assert!(plan.obstacles.is_empty());
}

#[test]
fn a_field_that_names_another_is_set_after_it_and_keeps_it() {
    let wanted = || Wanted::of(&wanted_box(&desired()));
    let declared = BTreeMap::from([
        (key("outer"), wanted()),
        (
            key("inner"),
            wanted().refers("things", Some("pen"), key("outer")),
        ),
    ]);
    let plan = |desired: &Desired, seen: &Observation| keys(&plan(NAME, desired, &declared, seen));
    let mut seen = settled();
    edit(&mut seen, "inner", "things", json!([]));
    let outer = seen.0.remove(&key("outer")).unwrap();
    assert_eq!(plan(&desired(), &seen), ["box.outer"]);

    let leaving = sample(DesiredState::Absent);
    seen.0.insert(key("outer"), outer);
    edit(&mut seen, "outer", "things", json!([]));
    edit(&mut seen, "inner", "things", json!(["pen"]));
    assert_eq!(plan(&leaving, &seen), ["box.inner.things.pen"]);
    edit(&mut seen, "inner", "things", json!([]));
    assert_eq!(plan(&leaving, &seen), ["box.inner", "box.outer"]);
}

#[test]
fn what_is_held_stays_and_is_named() {
    let mut seen = settled();
    seen.0
        .insert(key("inner"), Observed::Left("the tenant's shelf".into()));
    let leaving = sample(DesiredState::Absent);
    let imagined = imagine_until_settled::<Toy>(&leaving, seen);
    assert!(imagined.converged);
    let named = <Toy as Component>::resources(&leaving, &imagined.seen);
    assert_eq!(named["box.inner.held-by"], "the tenant's shelf");
}

#[test]
fn what_is_held_is_not_emptied_nor_is_what_it_needs_where_it_would_be_deleted() {
    const SHELF: &str = "the tenant's shelf";
    let mut held = settled();
    edit(&mut held, "inner", "held_by", json!(SHELF));
    let (stays, leaving) = (desired(), sample(DesiredState::Absent));
    let after = |desired: &Desired, is_wanted: bool, seen: &Observation| {
        let mut seen = seen.clone();
        leave_held(NAME, desired, |_| is_wanted, &mut seen);
        seen
    };
    let left = Some(Observed::Left(SHELF.to_owned()));
    for (desired, is_wanted) in [(&leaving, true), (&leaving, false), (&stays, false)] {
        let seen = after(desired, is_wanted, &held);
        assert_eq!(seen.0.get(&key("inner")), left.as_ref());
        assert_eq!(seen.0.get(&key("outer")), held.0.get(&key("outer")));
    }
    let seen = after(&leaving, true, &held);
    assert_eq!(keys(&Toy::plan(&leaving, &seen)), Vec::<String>::new());

    // What is wanted is put right, whoever holds it, and what is not ours is nobody's to leave.
    edit(&mut held, "inner", "size", json!(1));
    let seen = after(&stays, true, &held);
    assert_eq!(keys(&Toy::plan(&stays, &seen)), ["box.inner.size"]);
    edit(&mut held, "inner", "tags", json!({}));
    assert_eq!(after(&leaving, true, &held).0, held.0);
}

#[test]
fn a_component_that_the_spec_does_not_ask_for_is_not_previewed() {
    use crate::row::Preview;
    let mut desired = desired();
    assert!(!Line::<Toy>::new().preview(&mut desired).is_empty());
    desired.spec.network = false;
    assert!(Line::<Toy>::new().preview(&mut desired).is_empty());
}

#[test]
fn what_nobody_looked_at_is_neither_good_nor_wrong_and_stays_on_record() {
    let mut seen = settled();
    let key = Key::in_account("box", "outer".to_owned());
    seen.0.insert(key.clone(), Observed::Closed);
    let mut desired = desired();
    let role = id_role(&key);
    desired.recorded = crate::Recorded::new([(
        <Toy as Declared>::NAME,
        BTreeMap::from([(role.clone(), "id-1".to_owned())]),
    )]);
    let plan = Toy::plan(&desired, &seen);
    assert!(plan.unreadable && plan.obstacles.is_empty() && plan.waits.is_empty());
    assert!(keys(&plan).iter().all(|key| !key.starts_with("box.outer")));
    let recorded = ids(<Toy as Declared>::NAME, &desired, &seen);
    assert_eq!(recorded.get(&role).map(String::as_str), Some("id-1"));
}
