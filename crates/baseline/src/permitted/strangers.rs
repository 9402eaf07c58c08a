//! What stands on something of somebody else's is left alone.

use std::collections::BTreeSet;

use super::{built, leaving, specs};
use crate::{
    access_analyzer::AccessAnalyzers,
    alerting::Alerting,
    billing::Billing,
    component::{Change as _, Component},
    contacts::Contacts,
    dashboard::Dashboards,
    declared::{Declared, Observed},
    event_forwarding::EventForwarding,
    guard::Guard,
    identity::Identity,
    key_pair::KeyPairs,
    keys::Keys,
    resource_group::ResourceGroups,
    trail::Trail,
};

/// Every declared resource that stands on another one, where what it stands on is somebody else's: kinds without tags of their own.
fn touched_on_strangers<D: Declared>() -> (usize, BTreeSet<String>) {
    let (mut tried, mut touched) = (0, BTreeSet::new());
    for present in specs() {
        let settled = built::<D>(&present);
        for desired in [present.clone(), leaving(&present)] {
            let declared = D::wanted(&present).unwrap_or_default();
            for (key, wanted) in &declared {
                let tagged = wanted.kind.fields.iter().any(|field| field.name == "tags");
                for needed in wanted.after.iter().filter(|_| !tagged) {
                    let mut seen = settled.clone();
                    let Some(Observed::Present(state)) = seen.0.get_mut(needed) else {
                        continue;
                    };
                    state.insert("tags".into(), serde_json::json!({}));
                    state.remove("id");
                    if let Some(Observed::Present(state)) = seen.0.get_mut(key) {
                        state.insert("filter".into(), serde_json::json!({"theirs": ["x"]}));
                    }
                    tried += 1;
                    let changes = D::plan(&desired, &seen).changes.into_iter();
                    let changes = changes.filter(|one| one.key == *key || one.key == *needed);
                    touched.extend(changes.map(|change| change.key()));
                    let shown = <D as Component>::resources(&desired, &seen);
                    touched.extend(
                        shown
                            .into_keys()
                            .filter(|role| role.starts_with(&key.to_string())),
                    );
                }
            }
        }
    }
    (tried, touched)
}

#[test]
fn what_stands_on_something_of_others_is_neither_changed_nor_deleted_nor_recorded() {
    let all = [
        touched_on_strangers::<Identity>(),
        touched_on_strangers::<Keys>(),
        touched_on_strangers::<KeyPairs>(),
        touched_on_strangers::<Guard>(),
        touched_on_strangers::<Contacts>(),
        touched_on_strangers::<AccessAnalyzers>(),
        touched_on_strangers::<Billing>(),
        touched_on_strangers::<ResourceGroups>(),
        touched_on_strangers::<Trail>(),
        touched_on_strangers::<Alerting>(),
        touched_on_strangers::<EventForwarding>(),
        touched_on_strangers::<Dashboards>(),
    ];
    let tried: usize = all.iter().map(|(tried, _)| tried).sum();
    let touched: Vec<String> = all.into_iter().flat_map(|(_, touched)| touched).collect();
    assert!(tried > 0);
    assert_eq!(touched, Vec::<String>::new());
}
