//! What the policies that tenantry writes allow: as much of IAM's evaluation as they use.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::Value;
use tenancy::{ComponentName, Verb};

use crate::{access, asks::Ask, desired::Desired, policy::Rights};

/// The policies of our roles in one tenant's account, as the product installs them for what is wanted and was recorded.
pub(super) struct Policies(Vec<(Rights, String, Value)>);

impl Policies {
    pub(super) fn of(desired: &Desired) -> Self {
        Self(access::policies(desired, desired.account.as_ref().unwrap()))
    }

    /// Whether the role of a verb may do it.
    pub(super) fn allow(&self, verb: Verb, ask: &Ask) -> bool {
        let of_role = self.0.iter();
        let mut of_role = of_role.filter(|(rights, ..)| Rights::of(verb).contains(rights));
        of_role.any(|(_, _, document)| list(&document["Statement"]).any(|one| allows(one, ask)))
    }

    /// The statements, but those that only read, by which the role of a verb may do something to this; and by what action.
    pub(super) fn reaching(&self, verb: Verb, arn: &str) -> BTreeSet<(String, String)> {
        let writes =
            |rights: &Rights| *rights != Rights::Reads && Rights::of(verb).contains(rights);
        let of_role = self.0.iter().filter(|(rights, ..)| writes(rights));
        let statements = of_role.flat_map(|(_, _, document)| list(&document["Statement"]));
        let reaching = statements.flat_map(|statement| {
            let actions = list(&statement["Action"]).map(|action| action.as_str().unwrap());
            let reaching = actions.filter(|action| allows(statement, &Ask::of(action, arn)));
            // A grant that is too large for one statement is several, with numbers.
            let sid = statement["Sid"].as_str().unwrap();
            let sid = sid.trim_end_matches(|c: char| c.is_ascii_digit());
            reaching.map(|action| (sid.to_owned(), action.to_owned()))
        });
        reaching.collect()
    }
}

/// The policies that are installed in accounts: most tenants have the same.
#[derive(Default)]
pub(super) struct Installed(BTreeMap<String, Rc<Policies>>);

impl Installed {
    pub(super) fn of(&mut self, desired: &Desired) -> Rc<Policies> {
        let account = desired.account.as_ref().unwrap();
        let components = desired.components_in_use().into_iter();
        let components: Vec<ComponentName> = components.map(|component| component.name()).collect();
        let key = format!("{components:?} {:?}", access::scope(desired, account));
        let policies = || Rc::new(Policies::of(desired));
        Rc::clone(self.0.entry(key).or_insert_with(policies))
    }
}

fn allows(statement: &Value, ask: &Ask) -> bool {
    assert_eq!(statement["Effect"], "Allow");
    let named = |field: &str, asked: &str| {
        list(&statement[field]).any(|one| is_like(one.as_str().unwrap(), asked))
    };
    named("Action", &ask.action)
        && named("Resource", &ask.resource)
        && holds(&statement["Condition"], ask)
}

/// Whether every condition holds. A key that the request does not carry holds for none of these operators.
fn holds(conditions: &Value, ask: &Ask) -> bool {
    let Some(operators) = conditions.as_object() else {
        return true;
    };
    operators.iter().all(|(operator, keys)| {
        let exact = match operator.as_str() {
            "StringEquals" => true,
            "ArnEquals" | "ArnLike" | "StringLike" => false,
            other => panic!("the operator {other} has no row here"),
        };
        keys.as_object().unwrap().iter().all(|(key, values)| {
            ask.context.get(key).is_some_and(|found| {
                list(values).any(|value| match (value.as_str().unwrap(), exact) {
                    (value, true) => value == found,
                    (pattern, false) => is_like(pattern, found),
                })
            })
        })
    })
}

/// IAM takes one element without its list.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let many = value.as_array().into_iter().flatten();
    many.chain((!value.is_array() && !value.is_null()).then_some(value))
}

/// Whether `text` is what a pattern with stars stands for.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|left| {
            let ends = (0..=left.len()).filter(|at| left.is_char_boundary(*at));
            ends.into_iter().any(|at| is_like(rest, &left[at..]))
        }),
    }
}

#[test]
fn a_star_stands_for_anything() {
    assert!(is_like(
        "arn:*:role/tenantry/*",
        "arn:aws:iam::1:role/tenantry/x"
    ));
    assert!(!is_like(
        "arn:*:role/tenantry/*",
        "arn:aws:iam::1:role/tenant/x"
    ));
    assert!(is_like("*", "") && is_like("a*", "a") && !is_like("a", "ab"));
}
