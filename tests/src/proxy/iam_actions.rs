//! The IAM actions that a call needs: by the name of its operation, or by another, and those that its parameters imply.
//!
//! Sources: Service Authorization Reference (actions and dependent actions of each service); S3 User Guide, "Required permissions
//! for Amazon S3 API operations"; CloudWatch Logs API Reference, CreateLogGroup; IAM User Guide, "Grant a user permissions to pass
//! a role to an AWS service".

use serde_json::Value;

use super::call::Call;

/// S3 operations whose action has another name.
const S3: [(&str, &str); 25] = [
    ("CompleteMultipartUpload", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("DeleteBucketCors", "PutBucketCORS"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    (
        "DeleteBucketLifecycleConfiguration",
        "PutLifecycleConfiguration",
    ),
    (
        "DeleteBucketOwnershipControls",
        "PutBucketOwnershipControls",
    ),
    ("DeleteBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("DeleteObjects", "DeleteObject"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    (
        "GetBucketLifecycleConfiguration",
        "GetLifecycleConfiguration",
    ),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    (
        "GetObjectLockConfiguration",
        "GetBucketObjectLockConfiguration",
    ),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    (
        "PutBucketLifecycleConfiguration",
        "PutLifecycleConfiguration",
    ),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("UploadPart", "PutObject"),
];

/// Operations whose objects, named with a version, need an action of their own.
const OF_A_VERSION: [&str; 2] = ["DeleteObject", "GetObject"];

/// Parameters that hand a role over to a service: `iam:PassRole` has no call of its own.
const PASSED_ROLES: [&str; 2] = ["DeliverLogsPermissionArn", "CloudWatchLogsRoleArn"];

/// Every IAM action that a call needs.
pub fn required(call: &Call) -> Vec<String> {
    let (service, operation) = (&call.identity.service, &call.identity.operation);
    let mut actions = match service.as_str() {
        "dynamodb" if operation.starts_with("Transact") => transaction(call),
        "budgets" => vec![budget(operation)],
        "monitoring" => vec![format!("cloudwatch:{operation}")],
        "s3" => vec![s3(call, operation)],
        "s3control" => vec![s3_control(operation)],
        "sqs" => vec![format!("sqs:{}", operation.trim_end_matches("Batch"))],
        _ => vec![format!("{service}:{operation}")],
    };
    if passes_a_role(call) {
        actions.push("iam:PassRole".to_owned());
    }
    if call.is("access-analyzer", "CreateAnalyzer") {
        actions.push("iam:CreateServiceLinkedRole".to_owned());
    }
    actions.extend(tags_on_creation(call));
    actions.extend(uses_of_a_key(call));
    actions
}

/// A transaction needs the action of each of its items: an item is an object with one member, such as `Put`.
fn transaction(call: &Call) -> Vec<String> {
    let body = call.json();
    let items = body.get("TransactItems").and_then(Value::as_array);
    let members = items
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(|item| item.keys());
    members.map(|name| format!("dynamodb:{name}Item")).collect()
}

fn s3(call: &Call, operation: &str) -> String {
    let other = S3.iter().find(|(name, _)| *name == operation);
    let action = other.map_or(operation, |(_, action)| action);
    let of_a_version = call.path_and_query.contains("versionId=") || contains(call, "<VersionId>");
    if of_a_version && OF_A_VERSION.contains(&action) {
        return format!("s3:{action}Version");
    }
    format!("s3:{action}")
}

/// Budgets, their notifications and their subscribers have one action for every change, and one for every read.
fn budget(operation: &str) -> String {
    let action = match operation {
        tags if tags.contains("Resource") => tags,
        reads if reads.starts_with("Describe") => "ViewBudget",
        _ => "ModifyBudget",
    };
    format!("budgets:{action}")
}

/// The account's own public access block has other actions than that of a bucket, and none of its own to be deleted.
fn s3_control(operation: &str) -> String {
    let action = match operation {
        "GetPublicAccessBlock" => "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutAccountPublicAccessBlock",
        other => other,
    };
    format!("s3:{action}")
}

fn passes_a_role(call: &Call) -> bool {
    call.is("iam", "AddRoleToInstanceProfile")
        || (call.is("events", "PutTargets") && contains(call, "\"RoleArn\""))
        || PASSED_ROLES.iter().any(|name| has_parameter(call, name))
}

/// What names a key of KMS by which a secret is to be encrypted needs the rights to use it.
fn uses_of_a_key(call: &Call) -> Vec<String> {
    let uses: &[&str] = match call.identity.operation.as_str() {
        "CreateSecret" => &["kms:Decrypt", "kms:GenerateDataKey"],
        "UpdateSecret" => &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        _ => &[],
    };
    let key = call.json();
    let key = key.get("KmsKeyId").and_then(Value::as_str);
    match key.is_some_and(|key| key.contains(":key/")) {
        true => uses.iter().map(|&action| action.to_owned()).collect(),
        false => Vec::new(),
    }
}

/// What is created with tags needs the right to tag.
fn tags_on_creation(call: &Call) -> Option<String> {
    let (service, operation) = (
        call.identity.service.as_str(),
        call.identity.operation.as_str(),
    );
    let created = operation.strip_prefix("Create");
    match service {
        "ec2" if has_parameter(call, "TagSpecification.") => Some("ec2:CreateTags".to_owned()),
        "iam" if has_parameter(call, "Tags.member.") => Some(format!("iam:Tag{}", created?)),
        "cloudtrail" if has_parameter(call, "TagsList") => {
            created.map(|_| "cloudtrail:AddTags".to_owned())
        }
        "monitoring"
            if ["PutDashboard", "PutMetricAlarm"].contains(&operation)
                && contains(call, "Tags") =>
        {
            Some("cloudwatch:TagResource".to_owned())
        }
        "events" if operation == "PutRule" && has_parameter(call, "Tags") => {
            Some("events:TagResource".to_owned())
        }
        "sns" if has_parameter(call, "Tags.member.") => {
            created.map(|_| "sns:TagResource".to_owned())
        }
        "secretsmanager" if has_parameter(call, "Tags") => {
            created.map(|_| "secretsmanager:TagResource".to_owned())
        }
        "logs" if has_parameter(call, "tags") => created.map(|_| "logs:TagResource".to_owned()),
        "budgets" if has_parameter(call, "ResourceTags") => {
            created.map(|_| "budgets:TagResource".to_owned())
        }
        "ce" if has_parameter(call, "ResourceTags") => created.map(|_| "ce:TagResource".to_owned()),
        "resource-groups" if has_parameter(call, "Tags") => {
            created.map(|_| "resource-groups:Tag".to_owned())
        }
        "organizations" if has_parameter(call, "Tags") => {
            created.map(|_| "organizations:TagResource".to_owned())
        }
        "s3" if operation == "CreateBucket" && contains(call, "<Tags>") => {
            Some("s3:TagResource".to_owned())
        }
        _ => None,
    }
}

/// Whether a JSON call has this member, or a query call a parameter that begins so.
fn has_parameter(call: &Call, name: &str) -> bool {
    match call.json() {
        Value::Object(members) => members.get(name).is_some_and(|value| !is_empty(value)),
        _ => call.form().iter().any(|(key, _)| key.starts_with(name)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn contains(call: &Call, text: &str) -> bool {
    call.body
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    fn call(service: &str, method: Method, path: &str, body: &str) -> Call {
        let mut headers = HeaderMap::new();
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=A/1/us-east-1/{service}/aws4_request, SignedHeaders=host"
        );
        headers.insert("authorization", HeaderValue::from_str(&scope).unwrap());
        Call::new(
            method,
            path.to_owned(),
            headers,
            Bytes::from(body.to_owned()),
        )
    }

    fn json(service: &str, target: &'static str, body: &str) -> Call {
        let mut headers = call(service, Method::POST, "/", "").headers;
        headers.insert("x-amz-target", HeaderValue::from_static(target));
        Call::new(
            Method::POST,
            "/".to_owned(),
            headers,
            Bytes::from(body.to_owned()),
        )
    }

    #[test]
    fn an_s3_operation_has_the_action_of_the_authorization_reference() {
        for (method, path, body, action) in [
            (Method::HEAD, "/b", "", "s3:ListBucket"),
            (
                Method::GET,
                "/b?encryption",
                "",
                "s3:GetEncryptionConfiguration",
            ),
            (
                Method::PUT,
                "/b?lifecycle",
                "",
                "s3:PutLifecycleConfiguration",
            ),
            (Method::GET, "/b?versions", "", "s3:ListBucketVersions"),
            (Method::GET, "/b?policy", "", "s3:GetBucketPolicy"),
            (
                Method::PUT,
                "/b?publicAccessBlock",
                "",
                "s3:PutBucketPublicAccessBlock",
            ),
            (Method::DELETE, "/b?tagging", "", "s3:PutBucketTagging"),
            (
                Method::PUT,
                "/v20180820/configuration/publicAccessBlock",
                "",
                "s3:PutAccountPublicAccessBlock",
            ),
            (
                Method::POST,
                "/b?delete",
                "<Object><Key>k</Key></Object>",
                "s3:DeleteObject",
            ),
            (
                Method::POST,
                "/b?delete",
                "<Object><VersionId>v</VersionId></Object>",
                "s3:DeleteObjectVersion",
            ),
            (
                Method::DELETE,
                "/b/k?versionId=v",
                "",
                "s3:DeleteObjectVersion",
            ),
            (Method::HEAD, "/b/k", "", "s3:GetObject"),
        ] {
            let found = required(&call("s3", method, path, body));
            assert_eq!(found, [action], "{path}");
        }
    }

    #[test]
    fn a_transaction_needs_the_action_of_each_item() {
        let body = r#"{"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}]}"#;
        let found = required(&json(
            "dynamodb",
            "DynamoDB_20120810.TransactWriteItems",
            body,
        ));
        assert_eq!(found, ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]);
    }

    #[test]
    fn a_call_that_hands_a_role_over_needs_pass_role() {
        let flow_logs = "Action=CreateFlowLogs&DeliverLogsPermissionArn=arn";
        let found = required(&call("ec2", Method::POST, "/", flow_logs));
        assert_eq!(found, ["ec2:CreateFlowLogs", "iam:PassRole"]);
        let found = required(&call("ec2", Method::POST, "/", "Action=CreateFlowLogs"));
        assert_eq!(found, ["ec2:CreateFlowLogs"]);
        let profile = "Action=AddRoleToInstanceProfile&RoleName=r";
        let found = required(&call("iam", Method::POST, "/", profile));
        assert_eq!(found, ["iam:AddRoleToInstanceProfile", "iam:PassRole"]);
    }

    #[test]
    fn what_is_created_with_tags_needs_the_right_to_tag() {
        let query = |service, body| required(&call(service, Method::POST, "/", body));
        let tagged = "Action=CreateVpc&TagSpecification.1.ResourceType=vpc";
        assert_eq!(query("ec2", tagged), ["ec2:CreateVpc", "ec2:CreateTags"]);
        let tagged = "Action=CreateRole&Tags.member.1.Key=k";
        assert_eq!(query("iam", tagged), ["iam:CreateRole", "iam:TagRole"]);
        let tagging = "Action=TagRole&Tags.member.1.Key=k";
        assert_eq!(query("iam", tagging), ["iam:TagRole"]);
        let group = json(
            "logs",
            "Logs_20140328.CreateLogGroup",
            r#"{"tags":{"k":"v"}}"#,
        );
        assert_eq!(
            required(&group),
            ["logs:CreateLogGroup", "logs:TagResource"]
        );
        let plain = json("logs", "Logs_20140328.CreateLogGroup", "{}");
        assert_eq!(required(&plain), ["logs:CreateLogGroup"]);
    }
}
