//! What the template would make, for workers in this process: table, roles, settings.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use baseline::Deployment;
use tenancy::email::EmailTemplate;
use tenantry_aws::{ledger::RatePercent, settings::Settings};

use super::{AnyError, REGION, TABLE};
use crate::emulator::MANAGEMENT_ACCOUNT;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111111111111:root"}}]}"#;
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub(super) fn settings(queues: &[String], organization_id: String) -> Result<Settings, AnyError> {
    let role = |verb: &str| format!("arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/tenantry-{verb}");
    let queue = |index: usize| queues.get(index).cloned().unwrap_or_default();
    let region: tenancy::Region = REGION.parse()?;
    Ok(Settings {
        table: TABLE.into(),
        bus: "tenantry".into(),
        onboard_queue_url: queue(0),
        audit_queue_url: queue(1),
        offboard_queue_url: queue(2),
        broker_role_arn: role("broker"),
        bootstrap_role: "OrganizationAccountAccessRole".into(),
        deployment: Arc::new(Deployment {
            organization_id,
            onboard_role_arn: role("onboard"),
            audit_role_arn: role("audit"),
            offboard_role_arn: role("offboard"),
            credentials_role_arn: role("credentials"),
            access_role_arn: role("access"),
            bootstrap_role: "OrganizationAccountAccessRole".into(),
            allowed_regions: vec![region.clone(), "eu-central-1".parse()?],
            management_account: MANAGEMENT_ACCOUNT.into(),
            installation: "111111111111/tenantry".into(),
            bus_arn: format!("arn:aws:events:{REGION}:{MANAGEMENT_ACCOUNT}:event-bus/tenantry"),
            name_prefix: String::new(),
            prices: tenancy::cost::Prices::built_in()?,
        }),
        home_region: region,
        email_template: EmailTemplate::parse("aws+{tenant}@example.com")?,
        cidr_pool: "10.0.0.0/8".parse()?,
        visibility_grace_secs: 300,
        lease_secs: 900,
        creations_per_hour: 1000,
        creations_per_day: 1000,
        rates: RatePercent::ALL,
        portal_url: None,
        provider_secrets: "tenantry/identity-provider".into(),
        audit_jitter_secs: 0,
    })
}

pub(super) async fn create_role(root: &SdkConfig, name: &str) -> Result<(), AnyError> {
    let iam = aws_sdk_iam::Client::new(root);
    iam.create_role()
        .role_name(name)
        .assume_role_policy_document(TRUST)
        .send()
        .await?;
    iam.put_role_policy()
        .role_name(name)
        .policy_name("all")
        .policy_document(ALL)
        .send()
        .await?;
    Ok(())
}

/// What the index of all tenants projects.
pub const SHOWN: [&str; 17] = [
    "tenant",
    "phase",
    "slug",
    "name",
    "blueprint_name",
    "blueprint_version",
    "regions",
    "tags",
    "desired",
    "spec_version",
    "generation",
    "account",
    "open_operations",
    "open_findings",
    "open_drift",
    "ready_at",
    "closed_at",
];

/// Makes the ledger's table as the template declares it.
///
/// # Errors
/// The emulator refuses something.
pub async fn create_table(root: &SdkConfig) -> Result<(), AnyError> {
    create_table_named(root, TABLE).await
}

/// The same with a name of the caller's: the ledger of another installation.
///
/// # Errors
/// As [`create_table`].
pub async fn create_table_named(root: &SdkConfig, name: &str) -> Result<(), AnyError> {
    let mut create = aws_sdk_dynamodb::Client::new(root)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for name in ["pk", "sk", "listing_pk", "listing_sk", "due_pk", "due_sk"] {
        create = create.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()?,
        );
    }
    for key in key_schema("pk", "sk")? {
        create = create.key_schema(key);
    }
    for (index, keys, shown) in [
        ("tenants", "listing", &SHOWN[..]),
        ("due", "due", &["desired"]),
    ] {
        let keys = key_schema(&format!("{keys}_pk"), &format!("{keys}_sk"))?;
        let shown = shown.iter().map(|&name| name.to_owned());
        let projection = Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(shown.collect()))
            .build();
        create = create.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .set_key_schema(Some(keys))
                .projection(projection)
                .build()?,
        );
    }
    create.send().await?;
    Ok(())
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, AnyError> {
    Ok(vec![
        KeySchemaElement::builder()
            .attribute_name(partition)
            .key_type(KeyType::Hash)
            .build()?,
        KeySchemaElement::builder()
            .attribute_name(sort)
            .key_type(KeyType::Range)
            .build()?,
    ])
}
