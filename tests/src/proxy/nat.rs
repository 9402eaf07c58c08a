//! NAT gateways take their time: pending, then available or failed; deleting, then deleted. The emulator has them
//! available at once and forgets their addresses; its answers are rewritten.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::answer::{Answer, escape};
use super::call::Call;
use super::config::NatGateways;
use super::state::State;
use super::upstream::AnyError;

/// Every gateway that was made through the proxy.
#[derive(Debug, Default)]
pub struct Gateways(Mutex<HashMap<String, Gateway>>);

/// One gateway, as it was requested.
#[derive(Clone, Debug)]
pub struct Gateway {
    created: f64,
    deleted: Option<f64>,
    fails: bool,
    allocation: Option<String>,
}

impl Gateways {
    /// Forgets all.
    pub fn clear(&self) {
        self.known().clear();
    }

    /// All of them, by id.
    pub fn kept(&self) -> HashMap<String, Gateway> {
        self.known().clone()
    }

    /// Takes these for all there are.
    pub fn restore(&self, gateways: &HashMap<String, Gateway>) {
        self.known().clone_from(gateways);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Gateway>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    fn state(&self, now: f64, config: &NatGateways) -> &'static str {
        match self.deleted {
            Some(deleted) if now < deleted + config.deleting_secs => "deleting",
            Some(_) => "deleted",
            None if now < self.created + config.pending_secs => "pending",
            None if self.fails => "failed",
            None => "available",
        }
    }
}

/// Answers an EC2 call.
///
/// # Errors
/// If the emulator cannot be reached.
pub async fn answer(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    let Some(config) = state
        .config
        .nat_gateways
        .as_ref()
        .filter(|_| answer.status.is_success())
    else {
        return Ok(answer);
    };
    match call.identity.operation.as_str() {
        "CreateNatGateway" => Ok(created(state, config, call, answer)),
        "DeleteNatGateway" => {
            let id = answer.element("natGatewayId").unwrap_or_default();
            if let Some(gateway) = state.gateways.known().get_mut(&id) {
                gateway.deleted.get_or_insert(state.clock.now());
            }
            Ok(answer)
        }
        "DescribeNatGateways" => described(state, config, call, answer).await,
        _ => Ok(answer),
    }
}

fn created(state: &State, config: &NatGateways, call: &Call, answer: Answer) -> Answer {
    let Some(id) = answer.element("natGatewayId") else {
        return answer;
    };
    let mut known = state.gateways.known();
    let earlier = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let gateway = Gateway {
        created: state.clock.now(),
        deleted: None,
        fails: earlier < config.failures,
        allocation: call.parameter("AllocationId"),
    };
    known.insert(id, gateway.clone());
    let text = rewritten(&answer.text(), &gateway, state.clock.now(), config);
    answer.with_body(text)
}

async fn described(
    state: &State,
    config: &NatGateways,
    call: &Call,
    authorized: Answer,
) -> Result<Answer, AnyError> {
    let (form, states) = without_state_filter(call.form());
    // The emulator would filter by its own idea of the state, so it is asked for all and filtered here.
    let answer = if states.is_empty() {
        authorized
    } else {
        let form: Vec<_> = form
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        state
            .upstream
            .query(call.account(), "ec2", &call.identity.region, &form)
            .await?
    };
    let text = answer.text();
    let Some((head, list)) = text.split_once("<natGatewaySet>") else {
        return Ok(answer);
    };
    let Some((list, tail)) = list.rsplit_once("</natGatewaySet>") else {
        return Ok(answer);
    };
    let now = state.clock.now();
    let known = state.gateways.known();
    let mut kept = String::new();
    for item in items(list) {
        let id = between(&item, "<natGatewayId>", "</natGatewayId>").unwrap_or_default();
        let item = known.get(id).map_or_else(
            || item.clone(),
            |gateway| rewritten(&item, gateway, now, config),
        );
        let found = between(&item, "<state>", "</state>").unwrap_or_default();
        if states.is_empty() || states.iter().any(|wanted| wanted == found) {
            kept.push_str(&item);
        }
    }
    let body = format!("{head}<natGatewaySet>{kept}</natGatewaySet>{tail}");
    Ok(answer.with_body(body))
}

fn rewritten(text: &str, gateway: &Gateway, now: f64, config: &NatGateways) -> String {
    let found = between(text, "<state>", "</state>").unwrap_or_default();
    let state = gateway.state(now, config);
    let mut replacement = format!("<state>{state}</state>");
    if state == "failed" {
        let code = escape(&config.failure_code);
        replacement.push_str(&format!(
            "<failureCode>{code}</failureCode><failureMessage>{code}</failureMessage>"
        ));
    }
    let text = text.replacen(&format!("<state>{found}</state>"), &replacement, 1);
    let Some(allocation) = &gateway.allocation else {
        return text;
    };
    let addresses = format!(
        "<natGatewayAddressSet><item><allocationId>{}</allocationId><isPrimary>true</isPrimary></item></natGatewayAddressSet>",
        escape(allocation)
    );
    text.replacen("<natGatewayAddressSet/>", &addresses, 1)
}

/// The gateways of a list; each begins with its id, and tags have items of their own.
fn items(list: &str) -> Vec<String> {
    let starts = list
        .match_indices("<natGatewayId>")
        .filter_map(|(at, _)| list.get(..at)?.rfind("<item>"));
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([list.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| list.get(*start..end).map(str::to_owned))
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?
        .1
        .split_once(end)
        .map(|(inner, _)| inner)
}

/// A form without its filter on the state, and the states that filter requested.
fn without_state_filter(form: Vec<(String, String)>) -> (Vec<(String, String)>, Vec<String>) {
    let filter = form.iter().find(|(key, value)| {
        key.starts_with("Filter.") && key.ends_with(".Name") && value == "state"
    });
    let Some(prefix) = filter
        .and_then(|(key, _)| key.strip_suffix("Name"))
        .map(str::to_owned)
    else {
        return (form, Vec::new());
    };
    let (removed, mut kept): (Vec<_>, Vec<_>) = form
        .into_iter()
        .partition(|(key, _)| key.starts_with(&prefix));
    // The emulator reads filters by number until one is missing: a filter of no meaning keeps the place.
    kept.push((format!("{prefix}Name"), "unfiltered".to_owned()));
    kept.push((format!("{prefix}Value.1"), "*".to_owned()));
    let states = removed
        .into_iter()
        .filter(|(key, _)| key.contains(".Value."))
        .map(|(_, value)| value)
        .collect();
    (kept, states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_at_the_gateways_and_not_at_their_tags() {
        let list = "<item><natGatewayId>a</natGatewayId><tagSet><item><key>k</key></item></tagSet></item> <item> <natGatewayId>b</natGatewayId></item>";
        let found = items(list);
        assert_eq!(found.len(), 2);
        assert!(
            found[0].contains("<key>k</key>") && found[1].starts_with("<item> <natGatewayId>b")
        );
    }

    #[test]
    fn a_gateway_goes_through_its_states() {
        let config = NatGateways::default();
        let mut gateway = Gateway {
            created: 10.0,
            deleted: None,
            fails: false,
            allocation: None,
        };
        assert_eq!(gateway.state(10.1, &config), "pending");
        assert_eq!(gateway.state(10.3, &config), "available");
        gateway.deleted = Some(11.0);
        assert_eq!(
            (gateway.state(11.1, &config), gateway.state(12.0, &config)),
            ("deleting", "deleted")
        );
    }
}
