//! Organizational units: one name once, never deleted with something in it; and ListChildren, which the emulator lacks.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::state::State;
use super::super::upstream::AnyError;
use super::{ask, is_missing, member, members, refused};

/// CreateOrganizationalUnit.
pub async fn create(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let (parent, name) = (call.member("ParentId"), call.member("Name"));
    let siblings = ask(
        state,
        call.account(),
        "ListOrganizationalUnitsForParent",
        &json!({ "ParentId": parent }),
    )
    .await?;
    if members(&siblings, "OrganizationalUnits")
        .iter()
        .any(|unit| member(unit, "Name") == name)
    {
        return Ok(refused(
            call,
            "DuplicateOrganizationalUnitException",
            "An OU with the same name already exists in the specified parent.",
        ));
    }
    state.upstream.forward(call).await
}

/// DeleteOrganizationalUnit.
pub async fn delete(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let unit = json!({ "ParentId": call.member("OrganizationalUnitId") });
    let inside = [
        ("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
        ("ListAccountsForParent", "Accounts"),
    ];
    for (operation, list) in inside {
        if !members(&ask(state, call.account(), operation, &unit).await?, list).is_empty() {
            return Ok(refused(
                call,
                "OrganizationalUnitNotEmptyException",
                "The specified OU is not empty.",
            ));
        }
    }
    state.upstream.forward(call).await
}

/// ListChildren.
pub async fn children(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    if !is_missing(&answer) {
        return Ok(answer);
    }
    let parent = json!({ "ParentId": call.member("ParentId") });
    let kind = call.member("ChildType");
    let (operation, list) = match kind.as_str() {
        "ACCOUNT" => ("ListAccountsForParent", "Accounts"),
        _ => ("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
    };
    let found = members(&ask(state, call.account(), operation, &parent).await?, list);
    let children: Vec<Value> = found
        .iter()
        .map(|child| json!({ "Id": member(child, "Id"), "Type": kind }))
        .collect();
    Ok(Answer::json(200, &json!({ "Children": children })))
}
