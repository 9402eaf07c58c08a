//! Changes in the management account: its template names the action of each.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{account::AccountChange, placement::PlacementChange};

/// The actions of the broker role for a change of the account.
const fn of_account(change: &AccountChange) -> &'static [&'static str] {
    match change {
        AccountChange::Request { .. } => &["organizations:CreateAccount"],
        AccountChange::Tag { .. } => &["organizations:TagResource", "organizations:UntagResource"],
        AccountChange::Close { .. } => &["organizations:CloseAccount"],
    }
}

/// The actions of the broker role for a change of where the account is.
const fn of_placement(change: &PlacementChange) -> &'static [&'static str] {
    match change {
        PlacementChange::MakeUnit { .. } => &[
            "organizations:CreateOrganizationalUnit",
            "organizations:TagResource",
        ],
        PlacementChange::MakePolicy { .. } => {
            &["organizations:CreatePolicy", "organizations:TagResource"]
        }
        PlacementChange::UpdatePolicy { .. } => &["organizations:UpdatePolicy"],
        PlacementChange::Mark { .. } => &["organizations:TagResource"],
        PlacementChange::AttachPolicy { .. } => &["organizations:AttachPolicy"],
        PlacementChange::Move { .. } => &["organizations:MoveAccount"],
    }
}

#[test]
fn every_change_in_the_management_account_is_named_in_its_template() {
    let template = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/management.yaml"),
    )
    .unwrap();
    let text = String::new;
    let account: tenancy::AccountId = "444455556666".parse().unwrap();
    let id = || account.clone();
    let accounts = [
        AccountChange::Request {
            name: text(),
            email: "aws+one@example.com".parse().unwrap(),
        },
        AccountChange::Tag {
            id: id(),
            tags: BTreeMap::new(),
            retired: Vec::new(),
            found: text(),
            relabelled: false,
        },
        AccountChange::Close { id: id() },
    ];
    let (name, unit, to, target) = (text(), text(), text(), text());
    let placements = [
        PlacementChange::MakeUnit {
            name: text(),
            called: text(),
        },
        PlacementChange::Mark {
            name: text(),
            id: text(),
            found: None,
        },
        PlacementChange::MakePolicy {
            name: text(),
            called: text(),
            content: json!({}),
        },
        PlacementChange::UpdatePolicy {
            name: text(),
            id: text(),
            found: json!({}),
            content: json!({}),
        },
        PlacementChange::AttachPolicy {
            name,
            id: text(),
            unit: text(),
            target,
        },
        PlacementChange::Move {
            account: id(),
            from: None,
            found: text(),
            unit,
            to,
        },
    ];
    let actions = accounts.iter().flat_map(of_account);
    for action in actions.chain(placements.iter().flat_map(of_placement)) {
        assert!(template.contains(action), "{action}");
    }
}
