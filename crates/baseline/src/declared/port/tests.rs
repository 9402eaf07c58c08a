//! What becomes of a deletion that AWS refuses.

use serde::{Deserialize, Serialize};
use tenancy::{ComponentName, DesiredState, FailureKind, Severity};

use super::*;
use crate::{account::sample_desired, declared::Field, desired::Home};

const FIELDS: &[Field] = &[Field::new("content", "content", "Empty").strip()];

#[derive(Clone, Serialize, Deserialize)]
struct Shelf {
    content: Option<String>,
}

impl Resource for Shelf {
    const KIND: Kind = Kind::of::<Self>("shelf", "shelf", FIELDS);

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

/// A port that refuses everything, in this way.
struct Refusing(Failure);

#[async_trait]
impl ResourcePort<Shelf> for Refusing {
    async fn observe(
        &self,
        _desired: &Desired,
        _keys: &[Key],
    ) -> Result<Observations<Shelf>, Failure> {
        Err(self.0.clone())
    }

    async fn create(
        &self,
        _desired: &Desired,
        _key: &Key,
        _wanted: &Shelf,
    ) -> Result<Shelf, Failure> {
        Err(self.0.clone())
    }

    async fn set(
        &self,
        _desired: &Desired,
        _key: &Key,
        _fields: &[FieldRef],
        _wanted: &Shelf,
        _found: &Shelf,
    ) -> Result<Option<Shelf>, Failure> {
        Err(self.0.clone())
    }

    async fn delete(
        &self,
        _desired: &Desired,
        _key: &Key,
        _found: &Shelf,
    ) -> Result<Deleted, Failure> {
        Err(self.0.clone())
    }
}

fn refused(kind: FailureKind) -> Failure {
    Failure::park(
        kind,
        "deleting it",
        "it says no",
        "request-refused",
        "Look.",
    )
}

fn found() -> State {
    write(&Shelf {
        content: Some("pen".to_owned()),
    })
}

fn deletion() -> Effect {
    Effect::Delete { found: found() }
}

async fn carried_out(
    home: Home,
    desired_state: DesiredState,
    effect: Effect,
    failure: Failure,
) -> Result<ResourceFact, Failure> {
    let desired = Desired {
        home,
        ..sample_desired(desired_state)
    };
    let change = ResourceChange {
        component: ComponentName::new("toy"),
        key: Key::in_account("shelf", "one".to_owned()),
        called: None,
        kind: const { &Shelf::KIND },
        effect,
        raise: Severity::Low,
    };
    let port = DeclaredPort(vec![kind_port(Refusing(failure))]);
    port.carry_out(&desired, &change).await
}

#[tokio::test]
async fn what_aws_refuses_to_delete_for_good_of_a_leaving_tenant_is_left_to_go_with_the_account() {
    let emptied = Effect::Set {
        fields: vec![FieldRef {
            field: &FIELDS[0],
            entry: None,
        }],
        wanted: State::default(),
        found: found(),
    };
    for effect in [deletion(), emptied] {
        let failure = refused(FailureKind::Invalid);
        let fact = carried_out(Home::Quarantine, DesiredState::Absent, effect, failure).await;
        let Ok(ResourceFact::Is(_, Observed::Left(why))) = fact else {
            panic!("{fact:?}");
        };
        assert_eq!(why, "it says no");
    }
}

#[tokio::test]
async fn a_refusal_holds_where_the_tenant_stays_or_the_account_does_not_go_or_the_cause_may_pass() {
    let (leaves, stays) = (DesiredState::Absent, DesiredState::Present);
    let invalid = || refused(FailureKind::Invalid);
    let passing = Failure::retry(FailureKind::Transient, "deleting it", "busy", 5);
    let made = Effect::Create { wanted: found() };
    for (home, state, effect, failure) in [
        (Home::Tenants, stays, deletion(), invalid()),
        (Home::Tenants, leaves, deletion(), invalid()),
        (
            Home::Quarantine,
            leaves,
            deletion(),
            refused(FailureKind::Denied),
        ),
        (Home::Quarantine, leaves, deletion(), passing),
        (Home::Quarantine, leaves, made, invalid()),
    ] {
        let fact = carried_out(home, state, effect, failure).await;
        assert!(fact.is_err(), "{fact:?}");
    }
}
