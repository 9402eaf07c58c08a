//! Over toy tables: whatever needs what, what records goes last, what is needed goes after what needs it, and nobody waits in a circle.

use std::collections::BTreeSet;

use proptest::{
    collection::{btree_set, vec},
    prelude::*,
    sample::select,
};

use super::*;
use crate::policy::{Grants, Scope};

/// Components of which only their needs and how they leave matter.
#[derive(Debug)]
struct Toy {
    name: ComponentName,
    needs: &'static [ComponentName],
    departure: Departure,
}

impl Declaration for Toy {
    fn name(&self) -> ComponentName {
        self.name
    }
    fn needs(&self) -> &'static [ComponentName] {
        self.needs
    }
    fn waits_for(&self, _spec: &tenancy::EffectiveSpec, _need: ComponentName) -> bool {
        true
    }
    fn departure(&self) -> Departure {
        self.departure
    }
    fn enabled(&self, _spec: &tenancy::EffectiveSpec) -> bool {
        true
    }
    fn grants(&self, _scope: &Scope) -> Grants {
        Grants::default()
    }
    fn controls(&self) -> Vec<crate::ControlWords> {
        Vec::new()
    }
}

const ACCESS: ComponentName = ComponentName::ACCESS;
const KEYS: ComponentName = ComponentName::new("keys");
const NETWORK: ComponentName = ComponentName::NETWORK;
const TRAIL: ComponentName = ComponentName::TRAIL;

/// A trail that needs a key of the tenant's, and a network that both of them have nothing to do with.
const WITH_KEYS: &[&dyn Declaration] = &[
    &Toy {
        name: ACCESS,
        needs: &[],
        departure: Departure::WithAccount,
    },
    &Toy {
        name: KEYS,
        needs: &[ACCESS],
        departure: Departure::ByNeed,
    },
    &Toy {
        name: NETWORK,
        needs: &[ACCESS],
        departure: Departure::ByNeed,
    },
    &Toy {
        name: TRAIL,
        needs: &[KEYS],
        departure: Departure::Recorder,
    },
];

#[test]
fn what_records_goes_after_all_but_what_it_needs_itself() {
    let after = |line: &dyn Declaration| goes_after(line, WITH_KEYS);
    let all: Vec<Vec<ComponentName>> = WITH_KEYS.iter().map(|line| after(*line)).collect();
    assert_eq!(
        all,
        [vec![KEYS, NETWORK], vec![TRAIL], vec![], vec![NETWORK]]
    );
}

#[test]
fn two_that_record_do_not_wait_for_what_the_other_one_needs() {
    let toy = |name, needs, departure| Toy {
        name,
        needs,
        departure,
    };
    let table = [
        toy(KEYS, &[], Departure::ByNeed),
        toy(NETWORK, &[], Departure::ByNeed),
        toy(TRAIL, &[KEYS], Departure::Recorder),
        toy(ComponentName::IDENTITY, &[NETWORK], Departure::Recorder),
    ];
    assert_eq!(stuck(&table), []);
}

/// Names of toys; each may need those before it.
const NAMES: [ComponentName; 6] = [
    ACCESS,
    KEYS,
    NETWORK,
    TRAIL,
    ComponentName::IDENTITY,
    ComponentName::PLACEMENT,
];

fn any_table() -> impl Strategy<Value = Vec<Toy>> {
    let departures = select(vec![
        Departure::ByNeed,
        Departure::Recorder,
        Departure::WithAccount,
    ]);
    let lines = vec(
        (btree_set(0..NAMES.len(), 0..4), departures),
        1..=NAMES.len(),
    );
    lines.prop_map(|lines| {
        let lines = lines.into_iter().enumerate();
        lines
            .map(|(index, (needs, departure))| Toy {
                name: NAMES[index],
                needs: needs
                    .into_iter()
                    .filter(|need| *need < index)
                    .map(|need| NAMES[need])
                    .collect::<Vec<_>>()
                    .leak(),
                departure,
            })
            .collect()
    })
}

fn lines(table: &[Toy]) -> Vec<&dyn Declaration> {
    table.iter().map(|toy| toy as &dyn Declaration).collect()
}

/// Those that can never go, because they wait for each other.
fn stuck(table: &[Toy]) -> Vec<ComponentName> {
    let all = lines(table);
    let mut waiting = all.clone();
    waiting.retain(|line| is_removed(line.departure()));
    let mut removed = BTreeSet::new();
    loop {
        let before = waiting.len();
        let mut after = waiting.clone();
        after.retain(|line| {
            !goes_after(*line, &all)
                .iter()
                .all(|name| removed.contains(name))
        });
        let stays: Vec<ComponentName> = after.iter().map(|line| line.name()).collect();
        removed.extend(
            waiting
                .iter()
                .map(|line| line.name())
                .filter(|name| !stays.contains(name)),
        );
        if after.len() == before {
            return stays;
        }
        waiting = after;
    }
}

proptest! {
    #[test]
    fn whatever_needs_what_everything_leaves_and_nobody_waits_in_a_circle(table in any_table()) {
        prop_assert_eq!(stuck(&table), Vec::<ComponentName>::new());
    }

    #[test]
    fn nothing_leaves_before_what_needs_it_and_no_recorder_before_what_it_records(table in any_table()) {
        let all = lines(&table);
        for (line, other) in all.iter().flat_map(|line| all.iter().map(move |other| (*line, *other))) {
            let is_after = goes_after(line, &all).contains(&other.name());
            let removed = is_removed(other.departure());
            if removed && other.needs().contains(&line.name()) {
                prop_assert!(is_after, "{} needs {}", other.name(), line.name());
            }
            let recorders = all.iter().filter(|line| line.departure() == Departure::Recorder);
            let is_kept = recorders.into_iter().any(|one| needs(one.name(), other.name(), &all));
            if line.departure() == Departure::Recorder && removed && !is_kept {
                prop_assert!(is_after, "{} records {}", line.name(), other.name());
            }
        }
    }
}
