//! Reading what a person wrote for the proxy: every mistake is named with its field and what is allowed.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;

use super::{
    config::{Config, Newborn},
    fault::{Effect, Fault},
};

/// Reads JSON that holds nothing unknown; an error begins with the field, such as `faults[1].probability`.
///
/// # Errors
/// It is no such JSON.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let reader = &mut serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let field = error.path().to_string();
        // A field of the whole, or text that is no JSON at all.
        let named = if [".", "?"].contains(&field.as_str()) {
            String::new()
        } else {
            format!("{field}: ")
        };
        format!("{named}{}", error.inner())
    })
}

/// Whether a configuration can be meant.
///
/// # Errors
/// It cannot: names the field and what is allowed.
pub fn config(config: &Config) -> Result<(), String> {
    if config.time_scale.is_nan() || config.time_scale <= 0.0 {
        return Err(format!(
            "time_scale: must be above 0, is {}",
            config.time_scale
        ));
    }
    if let Some(organizations) = &config.organizations {
        let page = organizations.page_size;
        if !(1..=20).contains(&page) {
            return Err(format!(
                "organizations.page_size: must be 1 to 20, is {page}"
            ));
        }
        let chances = [
            ("empty_pages", organizations.empty_pages),
            (
                "concurrent_modification",
                organizations.concurrent_modification,
            ),
        ];
        for (name, chance) in chances {
            probability(&format!("organizations.{name}"), chance)?;
        }
    }
    for (index, newborn) in config.newborn.iter().enumerate() {
        newborn_refusal(newborn).map_err(|wrong| format!("newborn[{index}].{wrong}"))?;
    }
    for (index, one) in config.faults.iter().enumerate() {
        fault(one).map_err(|wrong| format!("faults[{index}].{wrong}"))?;
    }
    Ok(())
}

/// Whether a fault can be meant.
///
/// # Errors
/// It cannot: names the field and what is allowed.
pub fn fault(fault: &Fault) -> Result<(), String> {
    if let Some(chance) = fault.probability {
        probability("probability", chance)?;
    }
    if fault.nth == Some(0) {
        return Err("nth: must be 1 or more: calls are counted from 1".into());
    }
    match &fault.effect {
        Effect::Refuse { code, status, .. } => {
            if code.is_empty() {
                return Err("effect.code: must be an AWS error code".into());
            }
            status_code("effect.status", *status, 400..=599)
        }
        Effect::Empty { status } | Effect::LoseAnswer { status } => {
            status_code("effect.status", *status, 200..=599)
        }
        _ => Ok(()),
    }
}

fn newborn_refusal(newborn: &Newborn) -> Result<(), String> {
    probability("probability", newborn.probability)?;
    status_code("status", newborn.status, 400..=599)
}

fn probability(field: &str, chance: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&chance) {
        return Ok(());
    }
    Err(format!("{field}: must be 0 to 1, is {chance}"))
}

fn status_code(field: &str, status: u16, allowed: RangeInclusive<u16>) -> Result<(), String> {
    if allowed.contains(&status) {
        return Ok(());
    }
    let (least, most) = allowed.into_inner();
    Err(format!("{field}: must be {least} to {most}, is {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        read::<Config>(text.as_bytes())
            .and_then(|read| config(&read))
            .unwrap_err()
    }

    #[test]
    fn a_mistake_is_named_with_its_field_and_what_is_allowed() {
        for (text, beginning, allowed) in [
            (
                r#"{"faults": [{}, {"probability": 7}]}"#,
                "faults[1].probability:",
                "0 to 1",
            ),
            (
                r#"{"faults": [{"nth": 0}]}"#,
                "faults[0].nth:",
                "counted from 1",
            ),
            (
                r#"{"faults": [{"efect": {}}]}"#,
                "faults[0].efect:",
                "`effect`",
            ),
            (
                r#"{"faults": [{"effect": {"kind": "empty", "status": 99}}]}"#,
                "faults[0].effect.status:",
                "200 to 599",
            ),
            (r#"{"time_scale": 0}"#, "time_scale:", "above 0"),
            (
                r#"{"organizations": {"page_size": 50}}"#,
                "organizations.page_size:",
                "1 to 20",
            ),
            (
                r#"{"organizations": {"empty_pages": -1}}"#,
                "organizations.empty_pages:",
                "0 to 1",
            ),
            (
                r#"{"newborn": [{"service": "ec2", "code": "OptInRequired", "for_secs": 1, "status": 200}]}"#,
                "newborn[0].status:",
                "400 to 599",
            ),
            (r#"{"seed": "x"}"#, "seed:", "u64"),
        ] {
            let said = said(text);
            assert!(
                said.starts_with(beginning) && said.contains(allowed),
                "{text}: {said}"
            );
        }
        assert!(said("{").starts_with("EOF"), "{}", said("{"));
    }

    #[test]
    fn the_default_configuration_can_be_meant() {
        config(&Config::default()).unwrap();
        config(&Config::transparent()).unwrap();
    }
}
