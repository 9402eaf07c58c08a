//! From which amount on somebody is told, as AWS writes it and as findings show it.

use aws_sdk_costexplorer::types::{
    AnomalySubscription as SdkSubscription, Dimension, DimensionValues, Expression, MatchOption,
};
use baseline::billing::AnomalySubscription;
use tenancy::Usd;

/// The costs are above what is usual by this amount at least, which is written with its currency. Source: AWS Billing and Cost Management
/// API reference, `AnomalySubscription`, `ThresholdExpression`.
pub(super) fn at_least(threshold: &str) -> Expression {
    let amount = threshold.split(' ').next().unwrap_or(threshold);
    let impact = DimensionValues::builder()
        .key(Dimension::AnomalyTotalImpactAbsolute)
        .match_options(MatchOption::GreaterThanOrEqual)
        .values(amount);
    Expression::builder().dimensions(impact.build()).build()
}

/// The threshold of a subscription in words: `100.00 USD`, or `100.00 USD and 40 %`.
#[expect(
    deprecated,
    reason = "an earlier form of the threshold may still be set, and is shown where it is"
)]
pub(super) fn words(found: &SdkSubscription) -> String {
    let earlier = || found.threshold.map(|amount| dollars(&amount.to_string()));
    let words = found.threshold_expression.as_ref().map(of);
    words.or_else(earlier).unwrap_or_default()
}

fn of(expression: &Expression) -> String {
    let joined = |parts: &Vec<Expression>, word: &str| {
        let parts: Vec<String> = parts.iter().map(of).collect();
        parts.join(word)
    };
    let all = expression.and.as_ref().map(|parts| joined(parts, " and "));
    let any = || expression.or.as_ref().map(|parts| joined(parts, " or "));
    let one = || expression.dimensions.as_ref().map(impact);
    all.or_else(any).or_else(one).unwrap_or_default()
}

fn impact(dimension: &DimensionValues) -> String {
    let values = dimension.values().join(", ");
    match &dimension.key {
        Some(Dimension::AnomalyTotalImpactAbsolute) => dollars(&values),
        Some(Dimension::AnomalyTotalImpactPercentage) => format!("{values} %"),
        Some(other) => format!("{} {values}", other.as_str()),
        None => values,
    }
}

/// AWS may write an amount with fewer decimals than we did. What is no amount is shown as it is.
fn dollars(amount: &str) -> String {
    match amount.parse::<Usd>() {
        Ok(amount) => AnomalySubscription::threshold(amount),
        Err(_) => format!("{amount} USD"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(share: &str) -> Expression {
        let impact = DimensionValues::builder()
            .key(Dimension::AnomalyTotalImpactPercentage)
            .match_options(MatchOption::GreaterThanOrEqual)
            .values(share);
        Expression::builder().dimensions(impact.build()).build()
    }

    #[test]
    fn a_threshold_is_read_as_it_is_written_whatever_decimals_aws_gives_it() {
        assert_eq!(of(&at_least("49.50 USD")), "49.50 USD");
        assert_eq!(of(&at_least("100")), "100.00 USD");
        assert_eq!(of(&at_least("100.0")), "100.00 USD");
        assert_eq!(of(&percent("40")), "40 %");
        let both = Expression::builder().and(at_least("5")).and(percent("40"));
        assert_eq!(of(&both.build()), "5.00 USD and 40 %");
        let either = Expression::builder().or(at_least("5")).or(percent("40"));
        assert_eq!(of(&either.build()), "5.00 USD or 40 %");
        assert_eq!(of(&Expression::builder().build()), "");
    }
}
