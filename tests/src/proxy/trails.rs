//! CloudTrail: the emulator forgets the tags given to CreateTrail, so they are added right after.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::identify::text;
use super::state::State;
use super::upstream::AnyError;

/// Answers a CloudTrail call.
///
/// # Errors
/// If the emulator cannot be reached.
pub async fn answer(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    let body = call.json();
    let tags = body
        .get("TagsList")
        .and_then(Value::as_array)
        .filter(|tags| !tags.is_empty());
    let wanted = state.config.trail_tags
        && answer.status.is_success()
        && call.identity.operation == "CreateTrail";
    if let (true, Some(tags), Some(arn)) = (wanted, tags, answer.value().get("TrailARN")) {
        let target = text(&call.headers, "x-amz-target").replace("CreateTrail", "AddTags");
        let body = json!({ "ResourceId": arn, "TagsList": tags });
        state
            .upstream
            .json(
                call.account(),
                "cloudtrail",
                &call.identity.region,
                &target,
                &body,
            )
            .await?;
    }
    Ok(answer)
}
