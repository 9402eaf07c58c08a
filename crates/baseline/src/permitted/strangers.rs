//! What stands on something of somebody else's is left alone.

use std::collections::BTreeSet;

use super::{Listed, built, leaving, specs};
use crate::{
    component::{Change as _, Component},
    declared::{Declared, Observed},
    table::with_components,
};

/// Every declared resource that stands on another one, where what it stands on is somebody else's: kinds without tags of their own.
pub(super) fn touched<D: Declared>() -> (usize, BTreeSet<String>) {
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

macro_rules! on_strangers {
    ($($component:ty),*) => {
        [$(<$component as Listed>::on_strangers()),*]
    };
}

#[test]
fn what_stands_on_something_of_others_is_neither_changed_nor_deleted_nor_recorded() {
    let all = with_components!(on_strangers);
    let tried: usize = all.iter().map(|(tried, _)| tried).sum();
    let touched: Vec<String> = all.into_iter().flat_map(|(_, touched)| touched).collect();
    assert!(tried > 0);
    assert_eq!(touched, Vec::<String>::new());
}
