//! What KMS does not find for a moment is there all the same.

use baseline::Recorded;
use scenarios::machine::APP;

use super::*;

/// From so many on, every such call of ours in the first Region says that the key is not found.
fn hide(scene: &Scene, operation: &str, after: u64) {
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            app: Some(APP.into()),
            service: Some("kms".into()),
            operation: Some(operation.into()),
            region: Some(REGIONS[0].into()),
            ..Match::default()
        },
        after,
        effect: Effect::Refuse {
            code: "NotFoundException".into(),
            status: 400,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
}

#[tokio::test]
async fn a_key_without_its_alias_whose_tags_are_not_found_is_waited_for_and_no_second_one_is_made()
-> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let client = kms(&scene, REGIONS[0])?;
    let id = key_of(&client).await?;
    let call = client.delete_alias().alias_name(names::KEY_ALIAS);
    call.send().await?;
    // As an earlier pass found it, and as one finds it whose record was lost.
    for recorded in [scene.desired.recorded.clone(), Recorded::default()] {
        scene.desired.recorded = recorded;
        hide(&scene, "ListResourceTags", 0);
        let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
        scene.machine.aws.proxy.clear_faults();
        assert_eq!(outcome.state, ComponentState::Waiting, "{outcome:#?}");
        assert_eq!(keys_in(&client).await?, 1);
    }
    scene.settle(KEYS).await?;
    assert_eq!(key_of(&client).await?, id);
    Ok(())
}

/// Asked by the reads of an audit: the alias's key and its own; and its own tags. The next such call asks about the key whose alias it would take.
const ASKED_BEFORE: [(&str, u64); 2] = [("DescribeKey", 2), ("ListResourceTags", 1)];

#[tokio::test]
async fn an_alias_is_not_taken_from_a_key_while_it_is_not_told_whose_that_is()
-> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let client = kms(&scene, REGIONS[0])?;
    let made = client.create_key().send().await?.key_metadata;
    let theirs = made.ok_or("no key")?.key_id;
    let call = client.update_alias().alias_name(names::KEY_ALIAS);
    call.target_key_id(&theirs).send().await?;
    for (operation, before) in ASKED_BEFORE {
        hide(&scene, operation, before);
        let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
        scene.machine.aws.proxy.clear_faults();
        assert_ne!(outcome.state, ComponentState::Ready, "{outcome:#?}");
        assert_eq!(key_of(&client).await?, theirs, "{operation}");
    }
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert_eq!(key_of(&client).await?, theirs);
    Ok(())
}
