//! A spec under its blueprint.

use serde_json::json;

use super::{Blueprint, VpcBlock};
use crate::{
    id::Region,
    spec::{EffectiveSpec, Egress, FieldError, Spec},
    stored::OrWord,
};

impl Blueprint {
    /// What a spec that chooses nothing comes to in a Region: for showing what the blueprint means.
    pub fn by_default(&self, region: &Region) -> Option<EffectiveSpec> {
        let chooses_nothing =
            json!({ "slug": "nobody", "name": "nobody", "blueprint": self.reference() });
        let spec: Spec = serde_json::from_value(chooses_nothing).ok()?;
        self.resolve(&spec, std::slice::from_ref(region), region)
            .ok()
    }

    /// What a spec comes to under this blueprint, or everything wrong with its choices. `allowed` are the Regions of this
    /// deployment, `home` is taken where the spec names none.
    ///
    /// # Errors
    /// Every choice that the blueprint does not leave open or that cannot be read, by field.
    pub fn resolve(
        &self,
        spec: &Spec,
        allowed: &[Region],
        home: &Region,
    ) -> Result<EffectiveSpec, Vec<FieldError>> {
        let mut errors = Vec::new();
        errors.extend(spec.unreadable().map(|field| {
            let detail = "was written by another release, and this one cannot read it";
            FieldError::new(field, detail, "a value of this release")
        }));
        let regions = spec.regions.clone().unwrap_or_else(|| vec![home.clone()]);
        self.check_regions(&regions, allowed, &mut errors);
        self.check_choices(spec, &mut errors);
        errors.extend(self.check_idle(spec));
        errors.extend(self.unknown_to_build_of(spec));
        match self.effective(spec, regions) {
            Some(effective) if errors.is_empty() => Ok(effective),
            _ => Err(errors),
        }
    }

    /// What a spec comes to that is in order; `None` where that is not known to this release.
    fn effective(&self, spec: &Spec, regions: Vec<Region>) -> Option<EffectiveSpec> {
        let settings = &self.settings;
        let vpc_block_public_access = match settings.vpc_block_public_access {
            Some(block) => Some(block.known()?),
            None => None,
        };
        Some(EffectiveSpec {
            blueprint: self.reference(),
            regions,
            network: settings.network,
            availability_zones: spec
                .availability_zones
                .unwrap_or(settings.availability_zones),
            egress: spec.egress.or(settings.egress.known())?,
            cidr_prefix: spec.cidr_prefix.unwrap_or(settings.cidr_prefix),
            flow_log_retention_days: settings.flow_log_retention_days,
            trail: settings.trail.known()?,
            trail_retention_days: settings.trail_retention_days,
            trail_log_retention_days: settings.trail_log_retention_days,
            password_policy: settings.password_policy,
            guard: settings.guard,
            vpc_block_public_access,
            allowed_images: settings.allowed_images.clone(),
            keys: settings.keys,
            alerting: settings.alerting,
            event_forwarding: settings.event_forwarding,
            dashboard: settings.dashboard,
            access_analyzer: settings.access_analyzer,
            unused_access_days: settings.unused_access_days,
            budget: spec.budget.clone().or_else(|| settings.budget.clone()),
            expect_idle: spec.expect_idle.unwrap_or(settings.expect_idle),
            anomalies: settings.anomalies.clone(),
            group: spec.group.clone(),
            resource_group: settings.resource_group,
            support_role: settings.support_role,
            encryption: settings.encryption.known()?,
            key_pair: settings.key_pair,
            tags: spec.tags.clone(),
            cost_center: spec
                .cost_center
                .clone()
                .unwrap_or_else(|| spec.slug.to_string()),
            contacts: spec.contacts.clone(),
            mode: spec.mode,
        })
    }

    /// What the account costs is said by the budget alone.
    fn check_idle(&self, spec: &Spec) -> Option<FieldError> {
        let settings = &self.settings;
        let expected = spec.expect_idle.unwrap_or(settings.expect_idle);
        let has_budget = spec.budget.is_some() || settings.budget.is_some();
        let detail = "there is no budget, whose figure says what the account costs";
        let allowed = "`false`, or a `budget` beside it";
        (expected && !has_budget).then(|| FieldError::new("expectIdle", detail, allowed))
    }

    fn check_regions(&self, regions: &[Region], allowed: &[Region], errors: &mut Vec<FieldError>) {
        let names = || {
            allowed
                .iter()
                .map(Region::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let most = self.open.max_regions.unwrap_or(1);
        if regions.is_empty() || regions.len() > most {
            errors.push(FieldError::new(
                "regions",
                format!("{} Regions", regions.len()),
                format!("1 to {most} with blueprint `{}`", self.name),
            ));
        }
        for (index, region) in regions.iter().enumerate() {
            let field = format!("regions[{index}]");
            if !allowed.contains(region) {
                errors.push(FieldError::new(
                    field,
                    format!("`{region}` is not allowed in this deployment"),
                    names(),
                ));
            } else if regions.iter().take(index).any(|earlier| earlier == region) {
                errors.push(FieldError::new(
                    field,
                    format!("`{region}` appears twice"),
                    "each Region once",
                ));
            }
        }
    }

    fn check_choices(&self, spec: &Spec, errors: &mut Vec<FieldError>) {
        let fixed = |value: String| format!("only {value} with blueprint `{}`", self.name);
        let settings = &self.settings;
        if let Some(zones) = spec.availability_zones {
            let (least, most) = self
                .open
                .availability_zones
                .unwrap_or((settings.availability_zones, settings.availability_zones));
            if !(least..=most).contains(&zones) {
                errors.push(FieldError::new(
                    "availabilityZones",
                    format!("`{zones}` is outside"),
                    fixed(format!("{least} to {most}")),
                ));
            }
        }
        if let Some(prefix) = spec.cidr_prefix {
            let (least, most) = self
                .open
                .cidr_prefix
                .unwrap_or((settings.cidr_prefix, settings.cidr_prefix));
            if !(least..=most).contains(&prefix) {
                errors.push(FieldError::new(
                    "cidrPrefix",
                    format!("`{prefix}` is outside"),
                    fixed(format!("{least} to {most}")),
                ));
            }
        }
        let block = settings.vpc_block_public_access;
        let blocked = block.is_some_and(|block| block == VpcBlock::BlockBidirectional);
        let egress = spec.egress.map_or(settings.egress, OrWord::Known);
        if blocked && egress.known().is_some_and(|way| way != Egress::None) {
            let detail = "has no effect where VPC block public access blocks both ways";
            errors.push(FieldError::new("egress", detail, fixed("none".into())));
        }
        if let Some(egress) = spec.egress {
            let open = self
                .open
                .egress
                .clone()
                .unwrap_or_else(|| vec![settings.egress]);
            if !open.contains(&OrWord::Known(egress)) {
                let words: Vec<String> = open
                    .iter()
                    .filter_map(|e| serde_json::to_value(e).ok())
                    .filter_map(|v| v.as_str().map(str::to_owned))
                    .collect();
                errors.push(FieldError::new(
                    "egress",
                    "not open",
                    fixed(words.join(", ")),
                ));
            }
        }
    }
}
