//! Regions that the guardrail closes.

use std::collections::BTreeMap;

use super::*;

/// Who observes, and how often EC2 was asked for it, by Region.
async fn asked_of(bench: &Bench, verb: Verb) -> Result<BTreeMap<String, usize>, AnyError> {
    let port = bench.port(verb).await?;
    bench.forget();
    Port::<Network>::observe(&port, &bench.desired).await?;
    let mut asked = BTreeMap::new();
    for call in bench.calls().iter().filter(|call| call.service == "ec2") {
        *asked.entry(call.region.clone()).or_default() += 1;
    }
    Ok(asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_asks_nothing_in_a_region_that_the_guardrail_closes_and_one_thing_in_one_it_leaves_open()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    // In a new account nobody is asked about other Regions.
    bench.settle(&bench.desired, Verb::Onboard).await?;
    let allowed = &bench.desired.deployment.allowed_regions;
    let allowed: Vec<&str> = allowed.iter().map(|region| region.as_str()).collect();
    let home = bench.machine.settings.home_region.as_str();
    assert!(allowed.contains(&home) && allowed.len() == 2, "{allowed:?}");
    for verb in Verb::ALL {
        let asked = asked_of(&bench, verb).await?;
        for (region, count) in &asked {
            let is_home = region == home;
            assert!(is_home || *count == 1, "{verb:?} {region}: {count}");
            let is_open = verb != Verb::Audit || allowed.contains(&region.as_str());
            assert!(is_open, "{verb:?} asked in {region}");
        }
        let all = if verb == Verb::Audit { 2 } else { 17 };
        assert!(asked.len() >= all, "{verb:?}: {asked:?}");
    }
    Ok(())
}
