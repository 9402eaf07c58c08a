//! Allowed images: whose, and whether others are refused.

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    AllowedImagesSettingsEnabledState as State, ImageCriterion, ImageCriterionRequest,
};
use baseline::guard::AllowedImages;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for AllowedImages {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let answer = at.ec2().await?.get_allowed_images_settings().send().await;
        let answer = at.read(answer)?;
        let mut providers: Vec<String> = answer.image_criteria().iter().flat_map(words).collect();
        providers.sort();
        providers.dedup();
        Ok(Self {
            state: answer.state.clone().unwrap_or_else(|| "disabled".into()),
            providers,
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    /// Whose images are allowed is said before others are refused.
    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let ec2 = at.ec2().await?;
        let criterion = ImageCriterionRequest::builder();
        let criterion = criterion.set_image_providers(Some(self.providers.clone()));
        let call = ec2.replace_image_criteria_in_allowed_images_settings();
        at.written(call.image_criteria(criterion.build()).send().await)?;
        let call = ec2.enable_allowed_images_settings();
        let call = call.allowed_images_settings_state(State::from(self.state.as_str()));
        at.written(call.send().await)
    }
}

/// The providers of a criterion that asks for nothing else; any other criterion by its words.
fn words(criterion: &ImageCriterion) -> Vec<String> {
    let more = narrower(criterion);
    let providers = criterion.image_providers();
    if more.is_empty() && !providers.is_empty() {
        return providers.to_vec();
    }
    let whose = match providers {
        [] => "anybody".to_owned(),
        providers => providers.join(" or "),
    };
    vec![[vec![whose], more].concat().join(", ")]
}

/// What a criterion asks for beside the provider.
fn narrower(criterion: &ImageCriterion) -> Vec<String> {
    let lists = [
        ("products", criterion.marketplace_product_codes()),
        ("names", criterion.image_names()),
    ];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
    let mut words: Vec<String> = lists
        .map(|(what, list)| format!("{what} {}", list.join(" or ")))
        .collect();
    let conditions = [
        (
            criterion.creation_date_condition.is_some(),
            "by its creation",
        ),
        (
            criterion.deprecation_time_condition.is_some(),
            "by its deprecation",
        ),
        (!criterion.image_watermarks().is_empty(), "with a watermark"),
        (criterion.scan_result_condition.is_some(), "by a scan"),
    ];
    let conditions = conditions.into_iter().filter(|(set, _)| *set);
    words.extend(conditions.map(|(_, what)| what.to_owned()));
    words
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_allowed_images_settings::GetAllowedImagesSettingsOutput;
    let answer = GetAllowedImagesSettingsOutput::builder().build();
    crate::watched::check("ec2 GetAllowedImagesSettingsOutput", &answer);
}
