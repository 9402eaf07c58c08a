//! What of the billing only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The budget.
pub(crate) const BUDGETS: Protected = Protected::of(
    "OurBudget",
    &["budgets:Describe*", "budgets:List*", "budgets:View*"],
    budgets,
);

fn budgets(account: &str, _: &Deployment) -> Vec<String> {
    let budget = format!("arn:aws:budgets::{account}:budget/{}", names::BUDGET);
    // What it does by itself when an amount is reached, such as attach a policy.
    let actions = format!("{budget}/action/*");
    vec![budget, actions]
}
