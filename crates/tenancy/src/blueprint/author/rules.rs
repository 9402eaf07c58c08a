//! What must hold between the fields of a blueprint. One function for each rule.

use crate::{
    blueprint::{Blueprint, Encryption, TrailKind, VpcBlock},
    id::AccountId,
    spec::{Egress, FieldError},
    stored::OrWord,
};

type Rule = fn(&Blueprint) -> Vec<FieldError>;

const RULES: &[Rule] = &[
    zones,
    prefix,
    ways_out,
    no_network,
    no_keys,
    no_guard,
    no_own_trail,
    nothing_to_alert,
    nothing_to_show,
    nothing_to_compare,
    blocked_ways_out,
    image_owners,
    of_another_release,
];

/// Everything that does not hold.
pub(super) fn complaints(blueprint: &Blueprint) -> Vec<FieldError> {
    RULES.iter().flat_map(|rule| rule(blueprint)).collect()
}

fn zones(blueprint: &Blueprint) -> Vec<FieldError> {
    let value = blueprint.settings.availability_zones;
    holds(
        "availabilityZones",
        blueprint.open.availability_zones,
        value,
    )
}

fn prefix(blueprint: &Blueprint) -> Vec<FieldError> {
    holds(
        "cidrPrefix",
        blueprint.open.cidr_prefix,
        blueprint.settings.cidr_prefix,
    )
}

/// A range that is open holds the value that a spec gets which chooses none.
fn holds(field: &str, range: Option<(u8, u8)>, value: u8) -> Vec<FieldError> {
    let Some((least, most)) = range else {
        return Vec::new();
    };
    let field = format!("open.{field}");
    if least > most {
        let allowed = "the least first, such as `[1, 3]`";
        return vec![FieldError::new(
            field,
            format!("{least} is above {most}"),
            allowed,
        )];
    }
    if (least..=most).contains(&value) {
        return Vec::new();
    }
    let detail = format!("{least} to {most} does not hold the setting, {value}");
    vec![FieldError::new(
        field,
        detail,
        "a range that holds the setting",
    )]
}

fn ways_out(blueprint: &Blueprint) -> Vec<FieldError> {
    let Some(open) = &blueprint.open.egress else {
        return Vec::new();
    };
    let field = "open.egress";
    let twice =
        |(index, way): (usize, &OrWord<Egress>)| open.iter().take(index).any(|other| other == way);
    if open.iter().enumerate().any(twice) {
        return vec![FieldError::new(
            field,
            "one appears twice",
            "each way out once",
        )];
    }
    if open.contains(&blueprint.settings.egress) {
        return Vec::new();
    }
    let detail = "the setting is not among them";
    vec![FieldError::new(
        field,
        detail,
        "a list that holds the setting",
    )]
}

/// Without a network, nothing of a network can be chosen: it would have no effect.
fn no_network(blueprint: &Blueprint) -> Vec<FieldError> {
    let (settings, open) = (&blueprint.settings, &blueprint.open);
    if settings.network {
        return Vec::new();
    }
    let chosen = [
        ("settings.egress", settings.egress != Egress::None),
        ("open.availabilityZones", open.availability_zones.is_some()),
        ("open.egress", open.egress.is_some()),
        ("open.cidrPrefix", open.cidr_prefix.is_some()),
    ];
    let chosen = chosen.into_iter().filter(|(_, is_chosen)| *is_chosen);
    chosen
        .map(|(field, _)| {
            let allowed = match field {
                "settings.egress" => "`none`, or `settings.network: true`",
                _ => "nothing (leave it out), or `settings.network: true`",
            };
            FieldError::new(
                field,
                "there is no network (`settings.network` is false)",
                allowed,
            )
        })
        .collect()
}

fn no_keys(blueprint: &Blueprint) -> Vec<FieldError> {
    let settings = &blueprint.settings;
    if settings.keys || settings.encryption == Encryption::AwsKey {
        return Vec::new();
    }
    let detail = "there is no key (`settings.keys` is false)";
    vec![FieldError::new(
        "settings.encryption",
        detail,
        "`aws-key`, or `settings.keys: true`",
    )]
}

/// Without the component `guard`, nothing sets what it would set.
fn no_guard(blueprint: &Blueprint) -> Vec<FieldError> {
    let settings = &blueprint.settings;
    if settings.guard {
        return Vec::new();
    }
    let chosen = [
        (
            "settings.vpcBlockPublicAccess",
            settings.vpc_block_public_access.is_some(),
        ),
        ("settings.allowedImages", settings.allowed_images.is_some()),
    ];
    let chosen = chosen.into_iter().filter(|(_, is_chosen)| *is_chosen);
    let complaint = |(field, _): (&str, bool)| {
        let detail = "the switches of the account are not set (`settings.guard` is false)";
        let allowed = "nothing (leave it out), or `settings.guard: true`";
        FieldError::new(field, detail, allowed)
    };
    chosen.map(complaint).collect()
}

/// A copy is made of the tenant's own trail only.
fn no_own_trail(blueprint: &Blueprint) -> Vec<FieldError> {
    let settings = &blueprint.settings;
    if settings.trail == TrailKind::Tenant || settings.trail_log_retention_days.is_none() {
        return Vec::new();
    }
    let detail = "the tenant has no trail of its own to copy (`settings.trail`)";
    vec![FieldError::new(
        "settings.trailLogRetentionDays",
        detail,
        "nothing (leave it out), or `settings.trail: tenant`",
    )]
}

/// Whether a tenant has, or may choose, what has metrics: a copy of the trail, or NAT gateways.
fn has_metrics(blueprint: &Blueprint) -> bool {
    let (settings, open) = (&blueprint.settings, &blueprint.open);
    let ways = open.egress.iter().flatten().chain([&settings.egress]);
    let gateways = settings.network && ways.into_iter().any(|way| *way != Egress::None);
    settings.trail_log_retention_days.is_some() || gateways
}

/// A dashboard shows alarms, the copy of the trail and NAT gateways.
fn nothing_to_show(blueprint: &Blueprint) -> Vec<FieldError> {
    if !blueprint.settings.dashboard || has_metrics(blueprint) {
        return Vec::new();
    }
    let detail =
        "there is nothing that a dashboard could show: no copy of the trail and no NAT gateway";
    vec![FieldError::new(
        "settings.dashboard",
        detail,
        "`false`, or `settings.trailLogRetentionDays`, or an `egress` with NAT gateways",
    )]
}

/// Alarms watch the copy of the trail and NAT gateways.
fn nothing_to_alert(blueprint: &Blueprint) -> Vec<FieldError> {
    if !blueprint.settings.alerting || has_metrics(blueprint) {
        return Vec::new();
    }
    let detail =
        "there is nothing that alarms could watch: no copy of the trail and no NAT gateway";
    vec![FieldError::new(
        "settings.alerting",
        detail,
        "`false`, or `settings.trailLogRetentionDays`, or an `egress` with NAT gateways",
    )]
}

/// What an idle tenant costs is compared with the figure of its budget.
fn nothing_to_compare(blueprint: &Blueprint) -> Vec<FieldError> {
    let settings = &blueprint.settings;
    if !settings.expect_idle || settings.budget.is_some() {
        return Vec::new();
    }
    let detail = "there is no budget, whose figure says what an account costs";
    vec![FieldError::new(
        "settings.expectIdle",
        detail,
        "`false`, or `settings.budget`",
    )]
}

/// Where nothing may go out, a NAT gateway would cost and do nothing.
fn blocked_ways_out(blueprint: &Blueprint) -> Vec<FieldError> {
    let settings = &blueprint.settings;
    let block = settings.vpc_block_public_access;
    let blocks = block.is_some_and(|block| block == VpcBlock::BlockBidirectional);
    if !blocks || settings.egress == Egress::None {
        return Vec::new();
    }
    let detail = "`settings.vpcBlockPublicAccess` lets nothing out";
    vec![FieldError::new(
        "settings.egress",
        detail,
        "`none`, or another `settings.vpcBlockPublicAccess`",
    )]
}

/// Source: EC2 API reference, `ImageCriterionRequest`.
fn image_owners(blueprint: &Blueprint) -> Vec<FieldError> {
    let known = ["amazon", "aws-marketplace", "aws-backup-vault"];
    let owners = blueprint.settings.allowed_images.iter().flatten();
    let wrong = owners.enumerate().filter(|(_, owner)| {
        !known.contains(&owner.as_str()) && owner.parse::<AccountId>().is_err()
    });
    wrong
        .map(|(index, owner)| {
            FieldError::new(
                format!("settings.allowedImages[{index}]"),
                format!("`{owner}` owns no images"),
                "`amazon`, `aws-marketplace`, `aws-backup-vault`, or an account id of 12 digits",
            )
        })
        .collect()
}

/// What is taken over from a blueprint that a later release published is written once more only by a release that knows it.
fn of_another_release(blueprint: &Blueprint) -> Vec<FieldError> {
    let unknown = blueprint.unknown().into_iter();
    let complaint = |(field, word): (&str, _)| {
        let detail =
            format!("`{word}` was written by another release, and this one does not know it");
        FieldError::new(field, detail, "a value of this release")
    };
    unknown.map(complaint).collect()
}
