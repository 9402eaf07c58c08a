//! The bootstrap role, which AWS puts into every account it creates: it trusts the management account and may do everything.

use serde_json::json;

use super::super::state::State;
use super::super::upstream::AnyError;
use super::creation::Creation;

/// Makes the role when its time has come.
pub async fn bootstrap_role(state: &State, management: &str, creation: &Creation) {
    let delay = state
        .config
        .organizations
        .as_ref()
        .and_then(|config| config.bootstrap_role_secs);
    let Some(delay) = delay.filter(|_| creation.failure.is_none()) else {
        return;
    };
    let generation = state.clock.generation();
    if !state.clock.reach(creation.completes + delay).await {
        return;
    }
    // One step, whatever is being recorded or put back meanwhile.
    let _alone = state.checkpoints.lock().await;
    if generation != state.clock.generation() {
        return;
    }
    if let Err(error) = make(state, management, creation).await {
        tracing::error!(%error, account = creation.account, "bootstrap role not made");
    }
    state.organizations.with(management, |organization| {
        let found = organization.creations.iter_mut();
        found
            .filter(|known| known.id == creation.id)
            .for_each(|known| known.followed = true);
    });
}

async fn make(state: &State, management: &str, creation: &Creation) -> Result<(), AnyError> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{management}:root") }, "Action": "sts:AssumeRole",
    }] })
    .to_string();
    let everything = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }).to_string();
    let version = ("Version", "2010-05-08");
    let role = ("RoleName", creation.role.as_str());
    let create = [
        ("Action", "CreateRole"),
        version,
        role,
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    let policy = [
        ("Action", "PutRolePolicy"),
        version,
        role,
        ("PolicyName", "AdministratorAccess"),
        ("PolicyDocument", everything.as_str()),
    ];
    for form in [create.as_slice(), policy.as_slice()] {
        let answer = state
            .upstream
            .query(&creation.account, "iam", "us-east-1", form)
            .await?;
        if !answer.status.is_success() {
            return Err(format!("{} {}", answer.status, answer.text()).into());
        }
    }
    Ok(())
}
