//! How a budget is read: what it is, who carries its tags, and who is told.

use std::collections::BTreeMap;

use aws_sdk_budgets::types::{Budget as Described, CostTypes, HealthStatusValue, Metric, Spend};
use baseline::{
    Desired,
    billing::{Budget, NOTIFICATIONS, Notification},
    declared::Key,
};
use futures::future::try_join_all;
use tenancy::{Failure, Timestamp, Usd, cost::MicroUsd};

use super::{At, NO_END, notification};
use crate::{
    calls::present,
    resources::{doing, was_there, with_details},
};

impl At {
    /// Five reads at once where it is expected.
    pub(super) async fn read(
        &self,
        desired: &Desired,
        key: &Key,
    ) -> Result<Option<Budget>, Failure> {
        let around = futures::future::try_join(self.tags(key), self.told(key));
        let (found, (tags, notifications)) = match was_there(desired, key) {
            true => futures::try_join!(self.budget(key), around)?,
            false => match self.budget(key).await? {
                Some(found) => (Some(found), around.await?),
                None => return Ok(None),
            },
        };
        let found = with_details(key, found, tags)?;
        Ok(found.map(|(found, tags)| Budget {
            limit: found.budget_limit.as_ref().map(limit).unwrap_or_default(),
            period: period(&found, self.now),
            counts: counts(&found),
            adjusts: adjusts(&found),
            health: health(&found),
            notifications,
            tags,
            spent: spent(&found),
            id: Some(self.arn()),
        }))
    }

    async fn budget(&self, key: &Key) -> Result<Option<Described>, Failure> {
        let call = self.client.describe_budget().account_id(&self.account);
        let call = call.budget_name(&self.name).show_filter_expression(true);
        let answer = present(call.send().await, || doing::<Budget>("reading", key))?;
        Ok(answer.and_then(|answer| answer.budget))
    }

    async fn tags(&self, key: &Key) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let call = self
            .client
            .list_tags_for_resource()
            .resource_arn(self.arn());
        let doing = || doing::<Budget>("reading the tags of", key);
        let answer = present(call.send().await, doing)?;
        let tags = answer.map(|answer| answer.resource_tags.unwrap_or_default().into_iter());
        Ok(tags.map(|tags| tags.map(|tag| (tag.key, tag.value)).collect()))
    }

    /// Who is told, of those notifications of ours that are there.
    async fn told(&self, key: &Key) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let told = NOTIFICATIONS.iter().map(|one| self.told_of(key, one));
        Ok(try_join_all(told).await?.into_iter().flatten().collect())
    }

    async fn told_of(
        &self,
        key: &Key,
        one: &Notification,
    ) -> Result<Option<(String, Vec<String>)>, Failure> {
        let call = self.client.describe_subscribers_for_notification();
        let call = call.account_id(&self.account).budget_name(&self.name);
        let answer = call.notification(notification(one)?).send().await;
        let answer = present(answer, || doing::<Budget>("reading who is told of", key))?;
        let subscribers = answer.map(|answer| answer.subscribers.unwrap_or_default());
        Ok(subscribers.map(|all| {
            let mut addresses: Vec<String> = all.into_iter().map(|one| one.address).collect();
            addresses.sort();
            (one.name.to_owned(), addresses)
        }))
    }
}

/// AWS writes an amount with one decimal or more. What is no amount is shown as it is.
fn limit(limit: &Spend) -> String {
    match (limit.amount.parse::<Usd>(), limit.unit.as_str()) {
        (Ok(amount), "USD") => Budget::limit(amount),
        _ => format!("{} {}", limit.amount, limit.unit),
    }
}

/// What AWS says was spent since the period began; nothing where it has not calculated it, or in another currency.
fn spent(found: &Described) -> Option<MicroUsd> {
    let spent = found.calculated_spend.as_ref()?.actual_spend.as_ref()?;
    let amount = spent.amount.parse().ok();
    amount.filter(|_| spent.unit == "USD")
}

/// Of what, and how often; with a start that is yet to come, for until then nobody is told of anything, and with an end.
fn period(found: &Described, now: Timestamp) -> String {
    let mut words = format!(
        "{} {}",
        found.budget_type.as_str(),
        found.time_unit.as_str()
    );
    let period = found.time_period.as_ref();
    let start = period.and_then(|period| period.start);
    let start = start.filter(|start| start.secs() > now.as_second());
    let end = period.and_then(|period| period.end);
    let end = end.filter(|end| end.secs() < NO_END);
    for (word, at) in [("from", start), ("until", end)] {
        let at = at.and_then(|at| Timestamp::from_second(at.secs()).ok());
        words.extend(at.map(|at| format!(" {word} {at}")));
    }
    words
}

/// In which way it does not count every cost as AWS does by default (Budgets API reference, `CostTypes`).
#[expect(
    deprecated,
    reason = "filters and cost types may still be set, and are shown where they are"
)]
fn counts(found: &Described) -> Option<String> {
    let filters = found.cost_filters.iter().flatten();
    let mut words: Vec<String> = filters
        .map(|(name, values)| format!("only {name} {}", values.join(" or ")))
        .collect();
    words.sort();
    if words.is_empty() && found.filter_expression.is_some() {
        words.push("only what a filter names".to_owned());
    }
    words.extend(found.cost_types.as_ref().into_iter().flat_map(cost_types));
    let metrics = found.metrics.iter().flatten();
    let metrics = metrics.filter(|metric| **metric != Metric::UnblendedCost);
    words.extend(metrics.map(|metric| metric.as_str().to_owned()));
    Some(words.join(", ")).filter(|words| !words.is_empty())
}

fn cost_types(types: &CostTypes) -> Vec<String> {
    let included = [
        ("credits", types.include_credit),
        ("discounts", types.include_discount),
        ("other subscriptions", types.include_other_subscription),
        ("recurring", types.include_recurring),
        ("refunds", types.include_refund),
        ("subscriptions", types.include_subscription),
        ("support", types.include_support),
        ("taxes", types.include_tax),
        ("upfront", types.include_upfront),
    ];
    let used = [
        ("amortized", types.use_amortized),
        ("blended", types.use_blended),
    ];
    let without = included.into_iter().filter(|(_, on)| *on == Some(false));
    let without = without.map(|(what, _)| format!("no {what}"));
    let used = used.into_iter().filter(|(_, on)| *on == Some(true));
    without.chain(used.map(|(how, _)| how.to_owned())).collect()
}

fn adjusts(found: &Described) -> Option<String> {
    let auto = found.auto_adjust_data.as_ref();
    let auto = auto.map(|data| data.auto_adjust_type.as_str().to_owned());
    let planned = found.planned_budget_limits.as_ref();
    let planned = planned.filter(|limits| !limits.is_empty());
    auto.or_else(|| planned.map(|limits| format!("{} planned limits", limits.len())))
}

/// Why AWS does not evaluate it (Budgets API reference, `HealthStatus`). A budget without a status is older than the field, and is evaluated.
fn health(found: &Described) -> Option<String> {
    let health = found.health_status.as_ref()?;
    let status = health.status.as_ref();
    let status = status.filter(|status| **status != HealthStatusValue::Healthy)?;
    let reason = health.status_reason.as_ref();
    Some(
        reason
            .map_or(status.as_str(), |reason| reason.as_str())
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_budgets::{
        primitives::DateTime,
        types::{BudgetType, HealthStatus, HealthStatusReason, TimePeriod, TimeUnit},
    };

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 24 * 60 * 60;

    fn words(start: Option<i64>, end: i64) -> String {
        let covered = TimePeriod::builder()
            .set_start(start.map(DateTime::from_secs))
            .end(DateTime::from_secs(end));
        let found = Described::builder()
            .budget_name("tenantry")
            .budget_type(BudgetType::Cost)
            .time_unit(TimeUnit::Monthly)
            .time_period(covered.build());
        let now = Timestamp::from_second(NOW).unwrap();
        period(&found.build().unwrap(), now)
    }

    #[test]
    fn a_budget_that_is_idle_until_a_later_day_or_ends_says_so_and_one_that_has_begun_does_not() {
        for begun in [None, Some(0), Some(NOW - DAY), Some(NOW)] {
            assert_eq!(words(begun, NO_END), Budget::PERIOD);
        }
        let idle = words(Some(NOW + DAY), NO_END);
        assert_eq!(idle, "COST MONTHLY from 2027-01-16T08:00:00Z");
        let both = words(Some(NOW + DAY), NOW + 2 * DAY);
        let expected = "COST MONTHLY from 2027-01-16T08:00:00Z until 2027-01-17T08:00:00Z";
        assert_eq!(both, expected);
        let ends = words(Some(0), NOW + DAY);
        assert_eq!(ends, "COST MONTHLY until 2027-01-16T08:00:00Z");
    }

    #[test]
    fn a_budget_that_aws_does_not_evaluate_says_why_and_a_healthy_one_nothing() {
        let of = |health: Option<HealthStatus>| {
            let found = Described::builder()
                .budget_name("tenantry")
                .budget_type(BudgetType::Cost)
                .time_unit(TimeUnit::Monthly)
                .set_health_status(health);
            super::health(&found.build().unwrap())
        };
        let unhealthy = HealthStatus::builder().status(HealthStatusValue::Unhealthy);
        let without_reason = Some(unhealthy.clone().build());
        let reason = unhealthy.status_reason(HealthStatusReason::BillingViewNoAccess);
        let healthy = HealthStatus::builder().status(HealthStatusValue::Healthy);
        assert_eq!(of(None), None);
        assert_eq!(of(Some(healthy.build())), None);
        assert_eq!(of(without_reason).as_deref(), Some("UNHEALTHY"));
        let said = of(Some(reason.build()));
        assert_eq!(said.as_deref(), Some("BILLING_VIEW_NO_ACCESS"));
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_budget_is_decided_about() {
    use aws_sdk_budgets::{operation::list_tags_for_resource::ListTagsForResourceOutput, types};

    use crate::watched::check;

    let budget = types::Budget::builder().budget_name("b");
    let budget = budget.budget_type(types::BudgetType::Cost);
    let budget = budget.time_unit(types::TimeUnit::Monthly);
    check("budgets Budget", &budget.build().unwrap());
    let tags = ListTagsForResourceOutput::builder().build();
    check("budgets ListTagsForResourceOutput", &tags);
    let told = types::Subscriber::builder().address("a@b.example");
    let told = told.subscription_type(types::SubscriptionType::Email);
    check("budgets Subscriber", &told.build().unwrap());
    let when = types::Notification::builder().threshold(80.0);
    let when = when.notification_type(types::NotificationType::Actual);
    let when = when.comparison_operator(types::ComparisonOperator::GreaterThan);
    check("budgets Notification", &when.build().unwrap());
    let action = types::Action::builder().action_id("a").budget_name("b");
    let action = action.notification_type(types::NotificationType::Actual);
    let action = action.action_type(types::ActionType::Iam);
    let action = action.execution_role_arn("r").set_subscribers(Some(vec![]));
    let action = action.approval_model(types::ApprovalModel::Auto);
    let action = action.status(types::ActionStatus::Standby);
    check("budgets Action", &action.build().unwrap());
}
