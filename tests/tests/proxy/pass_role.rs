//! Who hands a role to a service needs a permission for that role and that service.

use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::types::{FlowLogsResourceType, TrafficType};
use scenarios::emulator::LocalAws;
use scenarios::proxy::Config;

use crate::clients::{account, limited, make_vpc};

const TENANT: &str = "222222222222";

/// A session that may make flow logs and instance profiles, and pass what the condition and the resource say.
fn statements(role: &str, service: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":["ec2:CreateFlowLogs","iam:AddRoleToInstanceProfile"],"Resource":"*"}},
           {{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::{TENANT}:role/{role}",
             "Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}"#
    )
}

#[tokio::test]
async fn a_role_is_passed_only_to_the_service_it_may_be_passed_to() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = account(&aws, TENANT);
    let vpc = make_vpc(&root).await.unwrap();
    let profile = root.iam().create_instance_profile();
    let profile = profile.instance_profile_name("machines").send().await;
    profile.unwrap();
    // The one that is passed, and a session that may pass that role to one service.
    limited(
        &aws,
        TENANT,
        "passed",
        r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#,
    )
    .await;
    let logs = limited(
        &aws,
        TENANT,
        "logs",
        &statements("passed", "vpc-flow-logs.amazonaws.com"),
    )
    .await;
    let machines = limited(
        &aws,
        TENANT,
        "machines",
        &statements("passed", "ec2.amazonaws.com"),
    )
    .await;
    let other = limited(
        &aws,
        TENANT,
        "other",
        &statements("another", "vpc-flow-logs.amazonaws.com"),
    )
    .await;

    let log = async |session: &crate::clients::Account| {
        let create = session.ec2().create_flow_logs().resource_ids(&vpc);
        let create = create
            .resource_type(FlowLogsResourceType::Vpc)
            .traffic_type(TrafficType::All);
        let create = create
            .log_group_name("flow")
            .deliver_logs_permission_arn(format!("arn:aws:iam::{TENANT}:role/passed"));
        create.send().await
    };
    for refused in [&machines, &other] {
        let error = log(refused).await.unwrap_err();
        assert_eq!(error.code(), Some("UnauthorizedOperation"));
        let message = error.message().unwrap();
        assert!(
            message.contains("iam:PassRole on resource: arn:aws:iam::222222222222:role/passed"),
            "{message}"
        );
    }
    log(&logs).await.unwrap();

    let add = async |session: &crate::clients::Account| {
        let add = session.iam().add_role_to_instance_profile();
        let add = add.instance_profile_name("machines").role_name("passed");
        add.send().await
    };
    assert_eq!(add(&logs).await.unwrap_err().code(), Some("AccessDenied"));
    add(&machines).await.unwrap();
    // Without a role, none is passed.
    let bucket = other.ec2().create_flow_logs().resource_ids(&vpc);
    let bucket = bucket
        .resource_type(FlowLogsResourceType::Vpc)
        .traffic_type(TrafficType::Reject);
    let bucket = bucket.log_destination_type(aws_sdk_ec2::types::LogDestinationType::S3);
    bucket
        .log_destination("arn:aws:s3:::logs")
        .send()
        .await
        .unwrap();
}
