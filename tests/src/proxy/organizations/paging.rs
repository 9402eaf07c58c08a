//! Pages: the emulator answers every list whole, AWS gives at most twenty at a time, and sometimes a page with a token and nothing else.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::config;
use super::super::state::State;
use super::invalid;

/// Operation, and the member that holds its list.
const LISTS: [(&str, &str); 11] = [
    ("ListAccounts", "Accounts"),
    ("ListAccountsForParent", "Accounts"),
    ("ListRoots", "Roots"),
    ("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
    ("ListParents", "Parents"),
    ("ListChildren", "Children"),
    ("ListPolicies", "Policies"),
    ("ListPoliciesForTarget", "Policies"),
    ("ListTargetsForPolicy", "Targets"),
    ("ListTagsForResource", "Tags"),
    ("ListCreateAccountStatus", "CreateAccountStatuses"),
];

/// The page a call asks for.
pub fn page(state: &State, config: &config::Organizations, call: &Call, answer: Answer) -> Answer {
    let operation = call.identity.operation.as_str();
    let Some((_, list)) = LISTS
        .iter()
        .find(|(name, _)| *name == operation)
        .filter(|_| answer.status.is_success())
    else {
        return answer;
    };
    let request = call.json();
    let token = request.get("NextToken").and_then(Value::as_str);
    let Some((start, after_empty)) =
        token.map_or(Some((0, false)), |token| parse(operation, token))
    else {
        return invalid(call, "INVALID_NEXT_TOKEN");
    };
    let asked = request
        .get("MaxResults")
        .and_then(Value::as_u64)
        .and_then(|most| usize::try_from(most).ok());
    let size = asked
        .unwrap_or(config.page_size)
        .clamp(1, config.page_size.max(1));
    let mut value = answer.value();
    let Some(Value::Array(items)) = value.get_mut(*list) else {
        return answer;
    };
    // Never two empty pages on end, or a list might have no end.
    let empty = !after_empty && state.dice.falls("empty page", config.empty_pages);
    let total = items.len();
    let end = if empty {
        start.min(total)
    } else {
        (start + size).min(total)
    };
    *items = items
        .drain(..)
        .skip(start)
        .take(end.saturating_sub(start))
        .collect();
    let more = empty || end < total;
    if let (true, Some(value)) = (more, value.as_object_mut()) {
        value.insert(
            "NextToken".to_owned(),
            json!(token_of(operation, end, empty)),
        );
    }
    answer.with_body(value.to_string())
}

fn token_of(operation: &str, start: usize, empty: bool) -> String {
    format!("{operation}.{start}.{}", u8::from(empty))
}

fn parse(operation: &str, token: &str) -> Option<(usize, bool)> {
    let (start, empty) = token
        .strip_prefix(operation)?
        .strip_prefix('.')?
        .split_once('.')?;
    Some((start.parse().ok()?, empty == "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_only() {
        let token = token_of("ListAccounts", 20, true);
        assert_eq!(parse("ListAccounts", &token), Some((20, true)));
        assert_eq!(parse("ListRoots", &token), None);
        assert_eq!(parse("ListAccountsForParent", &token), None);
    }
}
