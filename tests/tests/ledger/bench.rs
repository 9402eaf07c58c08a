//! A ledger in an emulator of its own, and tenants to put into it.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, ScalarAttributeType,
    },
};
use jiff::SignedDuration;
use scenarios::{emulator::Emulator, machine::SHOWN};
use tenancy::{
    DesiredState, Operation, OperationId, OperationKind, OperationState, Tenant, TenantId,
    Timestamp,
};
use tenantry_aws::ledger::{Accepted, Idempotency, Lease, Ledger, LedgerError, Request};

pub const TABLE: &str = "ledger";
pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);

pub struct Bench {
    _emulator: Emulator,
    pub client: Client,
    pub ledger: Ledger,
}

impl Bench {
    pub async fn start() -> Self {
        let emulator = Emulator::start(false).await.unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(emulator.url())
            .build();
        let client = Client::from_conf(config);
        create_table(&client).await;
        Self {
            _emulator: emulator,
            ledger: Ledger::new(client.clone(), TABLE),
            client,
        }
    }

    pub async fn create(&self, slug: &str) -> Tenant {
        let tenant = tenant(slug);
        create(&self.ledger, &tenant, &request(0))
            .await
            .unwrap()
            .tenant
    }

    pub async fn lease(&self, tenant: &Tenant) -> Lease {
        let lease = self.ledger.acquire_lease(&tenant.id, "pass", at(0), MINUTE);
        lease.await.unwrap().unwrap()
    }

    /// How many rows of operations are among those that every pass reads.
    pub async fn open_rows(&self, tenant: &Tenant) -> usize {
        let text = |text: String| AttributeValue::S(text);
        let call = self.client.query().table_name(TABLE);
        let call = call
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(format!("T#{}", tenant.id)))
            .expression_attribute_values(":sk", text("OP#".into()));
        call.send().await.unwrap().items().len()
    }
}

async fn create_table(client: &Client) {
    let key = |name: &str, kind| {
        let element = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        element.build().unwrap()
    };
    let all = Projection::builder()
        .projection_type(ProjectionType::All)
        .build();
    let shown = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(SHOWN.map(str::to_owned).to_vec()))
        .build();
    let index = |name: &str, keys: &str, projection: &Projection| {
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(&format!("{keys}_pk"), KeyType::Hash))
            .key_schema(key(&format!("{keys}_sk"), KeyType::Range))
            .projection(projection.clone())
            .build()
            .unwrap()
    };
    let text = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let names = ["pk", "sk", "listing_pk", "listing_sk", "due_pk", "due_sk"];
    client
        .create_table()
        .table_name(TABLE)
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .set_attribute_definitions(Some(names.map(text).into()))
        .global_secondary_indexes(index("tenants", "listing", &shown))
        .global_secondary_indexes(index("due", "due", &all))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn tenant(slug: &str) -> Tenant {
    let id = TenantId::from_random(rand::random());
    serde_json::from_value(serde_json::json!({
        "id": id, "generation": 1, "specVersion": 1, "desiredState": DesiredState::Present,
        "spec": {"slug": slug, "name": slug, "blueprint": "standard@1.0.0", "tags": {"name": slug}},
        "accountEmail": format!("aws+{id}@example.com"),
        "createdAt": at(0), "createdBy": "arn:aws:iam::111111111111:user/ann", "updatedAt": at(0),
    }))
    .unwrap()
}

pub fn operation(tenant: &Tenant, kind: OperationKind) -> Operation {
    Operation {
        id: OperationId::from_random(&tenant.id, rand::random()),
        tenant_id: tenant.id.clone(),
        kind,
        state: OperationState::Pending,
        spec_version: 1,
        requested_by: "arn:aws:iam::111111111111:user/ann".into(),
        created_at: at(0),
        updated_at: at(0),
        obstacles: Vec::new(),
        requested_again_at: None,
        again_because: None,
        outcome: None,
        other: tenancy::OtherFields::new(),
    }
}

pub fn request(second: i64) -> Request {
    Request {
        actor: "arn:aws:iam::111111111111:user/ann".into(),
        request_id: "r-1".into(),
        at: at(second),
        idempotency: None,
    }
}

pub fn keyed(key: &str, hash: &str) -> Request {
    let idempotency = Some(Idempotency {
        caller: "arn:aws:iam::111111111111:user/ann".into(),
        key: key.into(),
        request_hash: hash.into(),
    });
    Request {
        idempotency,
        ..request(0)
    }
}

pub async fn create(
    ledger: &Ledger,
    tenant: &Tenant,
    request: &Request,
) -> Result<Accepted, LedgerError> {
    let onboard = operation(tenant, OperationKind::Onboard);
    ledger.create_tenant(tenant, &onboard, request).await
}
