//! Where a pass may ask AWS something. Pure.

use tenancy::{Region, Verb};

/// Whether whoever makes a pass may ask something in a Region, as far as the guardrail is concerned.
pub(crate) fn is_open_to(verb: Verb, allowed: &[Region], region: &Region) -> bool {
    verb != Verb::Audit || allowed.contains(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_the_guardrail_closes_is_open_to_those_alone_who_build_and_remove() {
        let region = |name: &str| -> Region { name.parse().unwrap() };
        let allowed = ["us-east-1", "eu-central-1"].map(region);
        for (verb, name, open) in [
            (Verb::Audit, "us-east-1", true),
            (Verb::Audit, "eu-central-1", true),
            (Verb::Audit, "eu-west-1", false),
            (Verb::Audit, "us-east-2", false),
            (Verb::Onboard, "us-east-1", true),
            (Verb::Onboard, "eu-west-1", true),
            (Verb::Offboard, "us-east-1", true),
            (Verb::Offboard, "eu-west-1", true),
        ] {
            assert_eq!(
                is_open_to(verb, &allowed, &region(name)),
                open,
                "{verb:?} {name}"
            );
        }
        // Where nothing is allowed, an audit asks nowhere.
        assert!(!is_open_to(Verb::Audit, &[], &region("us-east-1")));
    }
}
