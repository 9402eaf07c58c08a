//! The parts of requests about a budget.

use aws_sdk_budgets::types::{
    ComparisonOperator, Notification as SdkNotification, NotificationType,
    NotificationWithSubscribers, Subscriber, SubscriptionType, ThresholdType,
};
use baseline::billing::Notification;
use jiff::tz::TimeZone;
use tenancy::{Failure, Timestamp, names};

/// What AWS starts a monthly budget with that says nothing of it (Budgets API reference, `TimePeriod`).
pub(super) fn first_of_month(now: Timestamp) -> Result<Timestamp, jiff::Error> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first = today.first_of_month().to_zoned(TimeZone::UTC)?;
    Ok(first.timestamp())
}

/// A bug: a request that lacks what it must have.
pub(super) fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::bug(
        format!("writing the budget `{}`", names::BUDGET),
        error.to_string(),
    )
}

pub(super) fn notification(one: &Notification) -> Result<SdkNotification, Failure> {
    let kind = match one.forecast {
        true => NotificationType::Forecasted,
        false => NotificationType::Actual,
    };
    let notification = SdkNotification::builder()
        .notification_type(kind)
        .comparison_operator(ComparisonOperator::GreaterThan)
        .threshold(f64::from(one.percent))
        .threshold_type(ThresholdType::Percentage);
    notification.build().map_err(unwritable)
}

pub(super) fn with_subscribers(
    one: &Notification,
    told: &[String],
) -> Result<NotificationWithSubscribers, Failure> {
    let told = told.iter().map(|address| subscriber(address));
    let whole = NotificationWithSubscribers::builder()
        .notification(notification(one)?)
        .set_subscribers(Some(told.collect::<Result<_, _>>()?));
    whole.build().map_err(unwritable)
}

/// An address is of a topic, or of a mailbox.
pub(super) fn subscriber(address: &str) -> Result<Subscriber, Failure> {
    let kind = match address.starts_with("arn:") {
        true => SubscriptionType::Sns,
        false => SubscriptionType::Email,
    };
    let subscriber = Subscriber::builder()
        .address(address)
        .subscription_type(kind);
    subscriber.build().map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_starts_with_the_month_that_it_is_written_in() {
        for (now, start) in [
            ("2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z"),
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2027-01-15T08:00:00Z", "2027-01-01T00:00:00Z"),
        ] {
            let started = first_of_month(now.parse().unwrap()).unwrap();
            assert_eq!(started.to_string(), start, "{now}");
        }
    }
}
