//! EC2's settings of an account in a Region, as a new account has them, as they are set, and as a policy of the organization sets them.

use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::types::{
    DefaultHttpTokensEnforcedState, HttpTokensState, ImageBlockPublicAccessEnabledState,
    InstanceMetadataDefaultsResponse, ManagedBy, MetadataDefaultHttpTokensState,
    SnapshotBlockPublicAccessState,
};
use aws_sdk_organizations::types::PolicyType;
use scenarios::emulator::LocalAws;
use scenarios::proxy::{Config, Effect, Fault, Match};
use scenarios::trial::temporary::TemporaryDirectory;

use crate::clients::{Account, account, limited, management};
use crate::organization::{attach, make_account, root_of};

const TENANT: &str = "222222222222";
const BLOCK: ImageBlockPublicAccessEnabledState =
    ImageBlockPublicAccessEnabledState::BlockNewSharing;

/// All settings in words, read one by one.
async fn settings(account: &Account) -> [String; 5] {
    let ec2 = account.ec2();
    let encrypted = ec2.get_ebs_encryption_by_default().send().await.unwrap();
    let snapshots = ec2.get_snapshot_block_public_access_state().send();
    let snapshots = snapshots.await.unwrap();
    let images = ec2.get_image_block_public_access_state().send();
    let images = images.await.unwrap();
    let console = ec2.get_serial_console_access_status().send().await.unwrap();
    let metadata = metadata(account).await;
    let by = |who: Option<&ManagedBy>| who.unwrap().as_str().to_owned();
    [
        format!("{:?}", encrypted.ebs_encryption_by_default().unwrap()),
        format!(
            "{} {}",
            snapshots.state().unwrap(),
            by(snapshots.managed_by())
        ),
        format!(
            "{} {}",
            images.image_block_public_access_state().unwrap(),
            by(images.managed_by())
        ),
        format!(
            "{} {}",
            console.serial_console_access_enabled().unwrap(),
            by(console.managed_by())
        ),
        format!(
            "{:?} {:?} {}",
            metadata.http_tokens().map(HttpTokensState::as_str),
            metadata.http_put_response_hop_limit(),
            by(metadata.managed_by())
        ),
    ]
}

async fn metadata(account: &Account) -> InstanceMetadataDefaultsResponse {
    let answer = account.ec2().get_instance_metadata_defaults().send().await;
    answer.unwrap().account_level.unwrap()
}

/// Sets every setting other than it is in a new account.
async fn set_all(account: &Account) {
    let ec2 = account.ec2();
    ec2.enable_ebs_encryption_by_default().send().await.unwrap();
    ec2.enable_snapshot_block_public_access()
        .state(SnapshotBlockPublicAccessState::BlockAllSharing)
        .send()
        .await
        .unwrap();
    ec2.disable_image_block_public_access()
        .send()
        .await
        .unwrap();
    ec2.enable_serial_console_access().send().await.unwrap();
    ec2.modify_instance_metadata_defaults()
        .http_tokens(MetadataDefaultHttpTokensState::Required)
        .http_put_response_hop_limit(2)
        .send()
        .await
        .unwrap();
}

const NEW: [&str; 5] = [
    "false",
    "unblocked account",
    "block-new-sharing account",
    "false account",
    "None None account",
];

const SET: [&str; 5] = [
    "true",
    "block-all-sharing account",
    "unblocked account",
    "true account",
    r#"Some("required") Some(2) account"#,
];

#[tokio::test]
async fn every_setting_is_of_one_account_in_one_region() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    assert_eq!(settings(&tenant).await, NEW);
    set_all(&tenant).await;
    assert_eq!(settings(&tenant).await, SET);
    assert_eq!(settings(&tenant.in_region("eu-west-1")).await, NEW);
    assert_eq!(settings(&account(&aws, "333333333333")).await, NEW);
}

#[tokio::test]
async fn every_setting_can_be_taken_back_and_then_leaves_nothing() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    settings(&tenant).await;
    let before = aws.proxy.inventory(TENANT, &[]).await.unwrap();
    set_all(&tenant).await;
    let during = aws.proxy.inventory(TENANT, &[]).await.unwrap();
    assert_eq!(during.alive["ec2 account_settings us-east-1"], 5);
    let ec2 = tenant.ec2();
    ec2.disable_ebs_encryption_by_default()
        .send()
        .await
        .unwrap();
    ec2.disable_snapshot_block_public_access()
        .send()
        .await
        .unwrap();
    let enable = ec2.enable_image_block_public_access();
    enable
        .image_block_public_access_state(BLOCK)
        .send()
        .await
        .unwrap();
    ec2.disable_serial_console_access().send().await.unwrap();
    ec2.modify_instance_metadata_defaults()
        .http_tokens(MetadataDefaultHttpTokensState::NoPreference)
        .http_put_response_hop_limit(-1)
        .send()
        .await
        .unwrap();
    assert_eq!(settings(&tenant).await, NEW);
    let after = aws.proxy.inventory(TENANT, &[]).await.unwrap();
    assert_eq!(after.alive, before.alive);
}

#[tokio::test]
async fn only_the_metadata_defaults_that_are_named_change() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    set_all(&tenant).await;
    let modify = || tenant.ec2().modify_instance_metadata_defaults();
    modify()
        .http_tokens_enforced(DefaultHttpTokensEnforcedState::Enabled)
        .http_put_response_hop_limit(-1)
        .send()
        .await
        .unwrap();
    let shown = metadata(&tenant).await;
    assert_eq!(shown.http_tokens(), Some(&HttpTokensState::Required));
    assert_eq!(shown.http_put_response_hop_limit(), None);
    assert_eq!(shown.http_tokens_enforced().unwrap().as_str(), "enabled");
    let refused = modify().http_put_response_hop_limit(65).send().await;
    assert_eq!(
        refused.unwrap_err().code(),
        Some("InvalidParameterValue"),
        "more than 64 hops"
    );
}

#[tokio::test]
async fn each_call_needs_its_own_permission() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let statement = r#"{"Effect":"Allow","Action":["ec2:Get*","ec2:EnableSerialConsoleAccess"],"Resource":"*"}"#;
    let reader = limited(&aws, TENANT, "reader", statement).await;
    assert_eq!(settings(&reader).await, NEW);
    let ec2 = reader.ec2();
    ec2.enable_serial_console_access().send().await.unwrap();
    let denied = Some("UnauthorizedOperation");
    let disable = ec2.disable_serial_console_access().send().await;
    assert_eq!(disable.unwrap_err().code(), denied);
    let encrypt = ec2.enable_ebs_encryption_by_default().send().await;
    assert_eq!(encrypt.unwrap_err().code(), denied);
    let modify = ec2.modify_instance_metadata_defaults().send().await;
    assert_eq!(modify.unwrap_err().code(), denied);
    // A dry run tells one from the other, and changes nothing.
    let dry = ec2.enable_serial_console_access().dry_run(true).send();
    assert_eq!(dry.await.unwrap_err().code(), Some("DryRunOperation"));
}

#[tokio::test]
async fn a_policy_of_the_organization_wins_until_it_is_detached() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let (id, tenant) = make_account(&aws, &root).await;
    set_all(&tenant).await;
    let content = r#"{"ec2_attributes": {
        "exception_message": {"@@assign": "ask <platform>"},
        "serial_console_access": {"status": {"@@assign": "disabled"}},
        "snapshot_block_public_access": {"state": {"@@assign": "block_new_sharing"}},
        "image_block_public_access": {"state": {"@@assign": "block_new_sharing"}},
        "instance_metadata_defaults": {"http_tokens": {"@@assign": "required"},
            "http_put_response_hop_limit": {"@@assign": "4"}, "http_endpoint": {"@@assign": "no_preference"},
            "instance_metadata_tags": {"@@assign": "no_preference"}}}}"#;
    let top = root_of(&root).await;
    let policy = attach(&root, PolicyType::DeclarativePolicyEc2, content, &top).await;
    let ordered = [
        "true",
        "block-new-sharing declarative-policy",
        "block-new-sharing declarative-policy",
        "false declarative-policy",
        r#"Some("required") Some(4) declarative-policy"#,
    ];
    assert_eq!(settings(&tenant).await, ordered);
    assert_eq!(
        metadata(&tenant).await.managed_exception_message(),
        Some("ask <platform>")
    );
    // Not even to what the policy says, and not by the account's root.
    let ec2 = tenant.ec2();
    let refused = ec2.disable_serial_console_access().send().await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.message(), Some("ask <platform>"));
    let refused = ec2.disable_snapshot_block_public_access().send().await;
    assert!(refused.is_err());
    let enable = ec2.enable_image_block_public_access();
    let enable = enable.image_block_public_access_state(BLOCK);
    assert!(enable.send().await.is_err());
    let modify = ec2.modify_instance_metadata_defaults();
    assert!(modify.http_put_response_hop_limit(3).send().await.is_err());
    // What no policy can set is the account's.
    ec2.disable_ebs_encryption_by_default()
        .send()
        .await
        .unwrap();
    // An account outside the organization is not concerned.
    assert_eq!(settings(&account(&aws, TENANT)).await, NEW);

    let detach = root.organizations().detach_policy().policy_id(policy);
    detach.target_id(top).send().await.unwrap();
    let mut own = SET.map(str::to_owned);
    own[0] = "false".to_owned();
    assert_eq!(settings(&account(&aws, &id)).await, own);
}

#[tokio::test]
async fn the_policy_nearest_to_the_account_wins() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let (id, tenant) = make_account(&aws, &root).await;
    let say = |state: &str| {
        format!(
            r#"{{"ec2_attributes":{{"snapshot_block_public_access":{{"state":{{"@@assign":"{state}"}}}}}}}}"#
        )
    };
    let kind = PolicyType::DeclarativePolicyEc2;
    let top = root_of(&root).await;
    attach(&root, kind.clone(), &say("block_all_sharing"), &top).await;
    assert_eq!(
        settings(&tenant).await[1],
        "block-all-sharing declarative-policy"
    );
    attach(&root, kind, &say("unblocked"), &id).await;
    assert_eq!(settings(&tenant).await[1], "unblocked declarative-policy");
    let refused = tenant.ec2().disable_snapshot_block_public_access().send();
    let refused = refused.await.unwrap_err();
    assert_eq!(
        refused.message(),
        Some("This action is denied due to an organizational policy in effect")
    );
}

#[tokio::test]
async fn images_are_shown_as_before_for_as_long_as_is_configured() {
    let late = Config {
        image_block_secs: 600.0,
        ..Config::default()
    };
    let aws = LocalAws::start(true, late).await.unwrap();
    let tenant = account(&aws, TENANT);
    let ec2 = tenant.ec2();
    let shown = async |account: &Account| settings(account).await[2].clone();
    ec2.disable_image_block_public_access()
        .send()
        .await
        .unwrap();
    assert_eq!(shown(&tenant).await, "block-new-sharing account");
    aws.proxy.advance(601.0);
    assert_eq!(shown(&tenant).await, "unblocked account");
    // Asking again in between does not make it later.
    let enable = || {
        let enable = ec2.enable_image_block_public_access();
        enable.image_block_public_access_state(BLOCK).send()
    };
    enable().await.unwrap();
    aws.proxy.advance(590.0);
    enable().await.unwrap();
    assert_eq!(shown(&tenant).await, "unblocked account");
    let directory = TemporaryDirectory::new().unwrap();
    let kept = aws.proxy.keep(directory.path()).await.unwrap();
    aws.proxy.advance(11.0);
    assert_eq!(shown(&tenant).await, "block-new-sharing account");
    aws.proxy.restore(&kept).await.unwrap();
    assert_eq!(shown(&tenant).await, "unblocked account");
}

#[tokio::test]
async fn the_settings_are_part_of_a_world_that_is_kept() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let (tenant, other) = (account(&aws, TENANT), account(&aws, "333333333333"));
    set_all(&tenant.in_region("eu-west-1")).await;
    let directory = TemporaryDirectory::new().unwrap();
    let kept = aws.proxy.keep(directory.path()).await.unwrap();
    set_all(&tenant).await;
    set_all(&other).await;
    aws.proxy.restore_account(&kept, TENANT).await.unwrap();
    assert_eq!(settings(&tenant).await, NEW);
    assert_eq!(settings(&tenant.in_region("eu-west-1")).await, SET);
    assert_eq!(settings(&other).await, SET);
    aws.proxy.restore(&kept).await.unwrap();
    assert_eq!(settings(&other).await, NEW);
}

#[tokio::test]
async fn a_fault_finds_each_call_by_its_name_and_region() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let matching = Match {
        operation: Some("GetSnapshotBlockPublicAccessState".into()),
        region: Some("eu-west-1".into()),
        ..Match::default()
    };
    aws.proxy.add_fault(Fault {
        matching,
        effect: Effect::Throttle,
        ..Fault::default()
    });
    let tenant = account(&aws, TENANT);
    settings(&tenant).await;
    let elsewhere = tenant.in_region("eu-west-1").ec2();
    let refused = elsewhere.get_snapshot_block_public_access_state().send();
    assert_eq!(
        refused.await.unwrap_err().code(),
        Some("RequestLimitExceeded")
    );
    set_all(&tenant).await;
    let calls = aws.proxy.calls();
    let writes = calls.iter().filter(|call| !call.is_read()).count();
    assert_eq!((calls.len(), writes), (11, 5));
}
