//! Budgets of AWS Budgets, whose API is in one Region for all.

mod read;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_budgets::{
    Client,
    primitives::DateTime,
    types::{Budget as Described, BudgetType, ResourceTag, Spend, TimePeriod, TimeUnit},
};
use baseline::{
    Desired,
    billing::{Budget, NOTIFICATIONS, Notification},
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use tenancy::{Failure, Timestamp};

use self::request::{first_of_month, notification, subscriber, unwritable, with_subscribers};
use super::{doing, each, unknown_call, visible};
use crate::{
    calls::{checked, removed, sdk_tags},
    errors,
    pass::{PassContext, account},
};

/// The end that a budget without one has: 15 June 2087 (Budgets API reference, `TimePeriod`).
const NO_END: i64 = 3_706_473_600;

/// Observes budgets, and works on them.
pub(crate) struct BudgetPort(pub(crate) Arc<PassContext>);

/// A budget, and whose it is.
struct At {
    client: Client,
    account: String,
    name: String,
    now: Timestamp,
}

#[async_trait]
impl ResourcePort<Budget> for BudgetPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Budget>, Failure> {
        each(&self.0, desired, keys, |key| async move {
            self.at(desired, key).await?.read(desired, key).await
        })
        .await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Budget,
    ) -> Result<Budget, Failure> {
        let at = self.at(desired, key).await?;
        let told = NOTIFICATIONS.iter().filter_map(|one| {
            let told = wanted.notifications.get(one.name)?;
            Some(with_subscribers(one, told))
        });
        let call = at
            .client
            .create_budget()
            .account_id(&at.account)
            .budget(at.described(wanted)?)
            .set_notifications_with_subscribers(Some(told.collect::<Result<_, _>>()?))
            .set_resource_tags(Some(sdk_tags!(ResourceTag, wanted.tags)?));
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                checked(answer, || doing::<Budget>("creating", key))?;
                Ok(Budget {
                    id: Some(at.arn()),
                    ..wanted.clone()
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Budget,
        found: &Budget,
    ) -> Result<Option<Budget>, Failure> {
        let at = self.at(desired, key).await?;
        match fields.first().map_or("", FieldRef::call) {
            "budget" => {
                let call = at.client.update_budget().account_id(&at.account);
                let sent = call.new_budget(at.described(wanted)?).send().await;
                checked(sent, || doing::<Budget>("setting", key))?;
            }
            "notifications" => {
                let names = fields.iter().filter_map(|field| field.entry.as_deref());
                for name in names {
                    at.tell(key, name, wanted, found).await?;
                }
            }
            "tags" => at.tag(desired, key, wanted, found).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Budget,
    ) -> Result<Deleted, Failure> {
        let at = self.at(desired, key).await?;
        let call = at.client.delete_budget().account_id(&at.account);
        let sent = call.budget_name(&at.name).send().await;
        removed(sent, || doing::<Budget>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl BudgetPort {
    async fn at(&self, desired: &Desired, key: &Key) -> Result<At, Failure> {
        Ok(At {
            client: self.0.clients.budgets(desired).await?,
            account: account(desired)?.to_string(),
            name: key.name.clone(),
            now: self.0.now(),
        })
    }
}

impl At {
    fn arn(&self) -> String {
        let (account, name) = (&self.account, &self.name);
        format!("arn:aws:budgets::{account}:budget/{name}")
    }

    /// A budget for all costs: what is left out is what AWS counts by default, and nothing adjusts it. It has begun: what is left out of an
    /// update may stay as it was, and before its start a budget tells nobody of anything.
    fn described(&self, wanted: &Budget) -> Result<Described, Failure> {
        let (amount, unit) = wanted
            .limit
            .split_once(' ')
            .unwrap_or((&wanted.limit, "USD"));
        let limit = Spend::builder().amount(amount).unit(unit).build();
        let start = first_of_month(self.now).map_err(unwritable)?;
        let period = TimePeriod::builder()
            .start(DateTime::from_secs(start.as_second()))
            .end(DateTime::from_secs(NO_END));
        let budget = Described::builder()
            .budget_name(&self.name)
            .budget_limit(limit.map_err(unwritable)?)
            .time_unit(TimeUnit::Monthly)
            .time_period(period.build())
            .budget_type(BudgetType::Cost);
        budget.build().map_err(unwritable)
    }

    /// Who is new is told before who is not any more is left out: the last one to go takes the notification along.
    async fn tell(
        &self,
        key: &Key,
        name: &str,
        wanted: &Budget,
        found: &Budget,
    ) -> Result<(), Failure> {
        let ours = NOTIFICATIONS.iter().find(|one| one.name == name);
        let (Some(notification), Some(told)) = (ours, wanted.notifications.get(name)) else {
            return Ok(());
        };
        let Some(known) = found.notifications.get(name) else {
            return self.notify(key, notification, told).await;
        };
        for address in told.iter().filter(|one| !known.contains(one)) {
            self.subscribe(key, notification, address).await?;
        }
        for address in known.iter().filter(|one| !told.contains(one)) {
            self.unsubscribe(key, notification, address).await?;
        }
        Ok(())
    }

    async fn notify(&self, key: &Key, one: &Notification, told: &[String]) -> Result<(), Failure> {
        let call = self.client.create_notification().account_id(&self.account);
        let call = call
            .budget_name(&self.name)
            .notification(notification(one)?);
        let told = told.iter().map(|address| subscriber(address));
        let call = call.set_subscribers(Some(told.collect::<Result<_, _>>()?));
        let answer = call.send().await;
        if answer.as_ref().is_err_and(errors::is_already_there) {
            return Ok(());
        }
        checked(answer, || doing::<Budget>("adding a notification to", key)).map(drop)
    }

    async fn subscribe(&self, key: &Key, one: &Notification, address: &str) -> Result<(), Failure> {
        let call = self.client.create_subscriber().account_id(&self.account);
        let call = call
            .budget_name(&self.name)
            .notification(notification(one)?);
        let answer = call.subscriber(subscriber(address)?).send().await;
        if answer.as_ref().is_err_and(errors::is_already_there) {
            return Ok(());
        }
        checked(answer, || doing::<Budget>("adding who is told of", key)).map(drop)
    }

    async fn unsubscribe(
        &self,
        key: &Key,
        one: &Notification,
        address: &str,
    ) -> Result<(), Failure> {
        let call = self.client.delete_subscriber().account_id(&self.account);
        let call = call
            .budget_name(&self.name)
            .notification(notification(one)?);
        let sent = call.subscriber(subscriber(address)?).send().await;
        removed(sent, || doing::<Budget>("removing who is told of", key))
    }

    async fn tag(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Budget,
        found: &Budget,
    ) -> Result<(), Failure> {
        let tags = sdk_tags!(ResourceTag, wanted.tags)?;
        let call = self.client.tag_resource().resource_arn(self.arn());
        let sent = call.set_resource_tags(Some(tags)).send().await;
        checked(sent, || doing::<Budget>("tagging", key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = self.client.untag_resource().resource_arn(self.arn());
        let sent = call.set_resource_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<Budget>("untagging", key)).map(drop)
    }
}
