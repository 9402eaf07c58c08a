//! Who can be got into: nobody enters an account that is not there yet, or that is closed, nor takes a
//! bootstrap role before it has appeared.

use super::super::answer::{Answer, refusal as refused};
use super::super::call::Call;
use super::super::state::State;

/// The refusal of an AssumeRole into an account that cannot be entered.
pub fn refusal(state: &State, call: &Call) -> Option<Answer> {
    let config = state.config.organizations.as_ref()?;
    if !call.is("sts", "AssumeRole") {
        return None;
    }
    let arn = call.parameter("RoleArn")?;
    let account = arn.split(':').nth(4)?.to_owned();
    let role = arn.rsplit('/').next().unwrap_or_default().to_owned();
    let now = state.clock.now();
    let early = state.organizations.find(&account, |creation| {
        let appears = creation.completes + config.bootstrap_role_secs.unwrap_or(0.0);
        creation.hidden(now) || (creation.role == role && now < appears)
    });
    let closed = state.organizations.any(|organization| {
        organization
            .closings
            .get(&account)
            .map(|closing| now >= closing.completes)
    });
    if early != Some(true) && closed != Some(true) {
        return None;
    }
    let message = format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        call.account()
    );
    Some(refused(call, 403, "AccessDenied", &message))
}
