//! The tables of what an audit watches have every property of AWS's own model, so that one that AWS adds has to be decided about.

mod by_name;

use std::{collections::BTreeSet, fmt::Debug};

use aws_sdk_accessanalyzer as accessanalyzer;
use aws_sdk_account as account;
use aws_sdk_budgets as budgets;
use aws_sdk_cloudtrail as cloudtrail;
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_cloudwatchlogs as logs;
use aws_sdk_costexplorer as costexplorer;
use aws_sdk_ec2 as ec2;
use aws_sdk_eventbridge as eventbridge;
use aws_sdk_iam as iam;
use aws_sdk_kms as kms;
use aws_sdk_organizations as organizations;
use aws_sdk_resourcegroups as resourcegroups;
use aws_sdk_s3 as s3;
use aws_sdk_secretsmanager as secretsmanager;
use aws_sdk_sns as sns;
use baseline::drift_page::tables;

/// The fields of an empty answer, as it shows itself.
fn fields(empty: &impl Debug) -> BTreeSet<String> {
    let text = format!("{empty:#?}");
    let of_its_own = |line: &str| {
        let (name, _) = line.strip_prefix("    ")?.split_once(": ")?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_field = name.bytes().all(plain) && name != "_request_id";
        is_field.then(|| name.to_owned())
    };
    text.lines().filter_map(of_its_own).collect()
}

/// Fails where a property of an answer is not decided about.
pub(crate) fn check(shape: &str, empty: &impl Debug) {
    let table = tables().find(|table| table.shape == shape);
    let table = table.unwrap_or_else(|| panic!("no table for `{shape}`"));
    let decided: BTreeSet<String> = table.names().map(ToOwned::to_owned).collect();
    assert_eq!(decided, fields(empty), "`{shape}`");
}

#[test]
fn every_property_of_what_organizations_keeps_is_decided_about() {
    use organizations::{operation::list_tags_for_resource::ListTagsForResourceOutput, types::*};
    check("organizations Account", &Account::builder().build());
    let tags = ListTagsForResourceOutput::builder().build();
    check("organizations ListTagsForResourceOutput", &tags);
    let unit = OrganizationalUnit::builder().build();
    check("organizations OrganizationalUnit", &unit);
    check("organizations Policy", &Policy::builder().build());
    let target = PolicyTargetSummary::builder().build();
    check("organizations PolicyTargetSummary", &target);
}

#[test]
fn every_property_of_a_network_in_ec2_s_model_is_decided_about() {
    use ec2::types::*;
    check("ec2 Vpc", &Vpc::builder().build());
    let attributes = ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput::builder();
    check("ec2 DescribeVpcAttributeOutput", &attributes.build());
    check("ec2 Subnet", &Subnet::builder().build());
    check("ec2 RouteTable", &RouteTable::builder().build());
    check("ec2 Route", &Route::builder().build());
    check("ec2 InternetGateway", &InternetGateway::builder().build());
    check("ec2 NatGateway", &NatGateway::builder().build());
    check("ec2 Address", &Address::builder().build());
    let named = AddressAttribute::builder().build();
    check("ec2 AddressAttribute", &named);
    check("ec2 VpcEndpoint", &VpcEndpoint::builder().build());
    check("ec2 SecurityGroup", &SecurityGroup::builder().build());
    check("ec2 NetworkAcl", &NetworkAcl::builder().build());
    check("ec2 NetworkAclEntry", &NetworkAclEntry::builder().build());
    check("ec2 FlowLog", &FlowLog::builder().build());
}

#[test]
fn every_property_of_identities_and_log_groups_is_decided_about() {
    use iam::types::*;
    let epoch = iam::primitives::DateTime::from_secs(0);
    check("iam RoleDetail", &RoleDetail::builder().build());
    let role = Role::builder().path("/").role_name("r").role_id("i");
    let role = role.arn("a").create_date(epoch);
    check("iam Role", &role.build().unwrap());
    let policy = ManagedPolicyDetail::builder().build();
    check("iam ManagedPolicyDetail", &policy);
    check("iam Policy", &Policy::builder().build());
    let profile = InstanceProfile::builder().path("/");
    let profile = profile.instance_profile_name("p").instance_profile_id("i");
    let profile = profile.arn("a").create_date(epoch).set_roles(Some(vec![]));
    check("iam InstanceProfile", &profile.build().unwrap());
    check("iam PasswordPolicy", &PasswordPolicy::builder().build());
    let aliases = iam::operation::list_account_aliases::ListAccountAliasesOutput::builder();
    let aliases = aliases.set_account_aliases(Some(vec![]));
    check("iam ListAccountAliasesOutput", &aliases.build().unwrap());
    let group = logs::types::LogGroup::builder().build();
    check("cloudwatchlogs LogGroup", &group);
    let tags = logs::operation::list_tags_for_resource::ListTagsForResourceOutput::builder();
    check("cloudwatchlogs ListTagsForResourceOutput", &tags.build());
    let sent_on = logs::types::SubscriptionFilter::builder().build();
    check("cloudwatchlogs SubscriptionFilter", &sent_on);
    let transformer = logs::operation::get_transformer::GetTransformerOutput::builder();
    check("cloudwatchlogs GetTransformerOutput", &transformer.build());
}

#[test]
fn every_property_of_the_trail_and_of_a_lifecycle_s_rule_is_decided_about() {
    use cloudtrail::{operation as op, types::*};
    check("cloudtrail Trail", &Trail::builder().build());
    let status = op::get_trail_status::GetTrailStatusOutput::builder().build();
    check("cloudtrail GetTrailStatusOutput", &status);
    let events = op::get_event_selectors::GetEventSelectorsOutput::builder().build();
    check("cloudtrail GetEventSelectorsOutput", &events);
    let sizes = op::get_event_configuration::GetEventConfigurationOutput::builder().build();
    check("cloudtrail GetEventConfigurationOutput", &sizes);
    check("cloudtrail ResourceTag", &ResourceTag::builder().build());
    let rule = s3::types::LifecycleRule::builder().status(s3::types::ExpirationStatus::Enabled);
    check("s3 LifecycleRule", &rule.build().unwrap());
    let rule = s3::types::ServerSideEncryptionRule::builder().build();
    check("s3 ServerSideEncryptionRule", &rule);
    let default = s3::types::ServerSideEncryptionByDefault::builder();
    let default = default.sse_algorithm(s3::types::ServerSideEncryption::AwsKms);
    check(
        "s3 ServerSideEncryptionByDefault",
        &default.build().unwrap(),
    );
}

#[test]
fn every_property_of_keys_and_contacts_is_decided_about() {
    use kms::{operation as op, types::*};
    let key = KeyMetadata::builder().key_id("k").build().unwrap();
    check("kms KeyMetadata", &key);
    let rotation = op::get_key_rotation_status::GetKeyRotationStatusOutput::builder().build();
    check("kms GetKeyRotationStatusOutput", &rotation);
    let policy = op::get_key_policy::GetKeyPolicyOutput::builder().build();
    check("kms GetKeyPolicyOutput", &policy);
    let tags = op::list_resource_tags::ListResourceTagsOutput::builder().build();
    check("kms ListResourceTagsOutput", &tags);
    check("kms AliasListEntry", &AliasListEntry::builder().build());
    let name = account::operation::get_account_information::GetAccountInformationOutput::builder();
    check("account GetAccountInformationOutput", &name.build());
    check("kms GrantListEntry", &GrantListEntry::builder().build());
    let contact = account::types::AlternateContact::builder().build();
    check("account AlternateContact", &contact);
}

#[test]
fn every_property_of_topics_filters_and_alarms_is_decided_about() {
    use sns::operation as op;
    let topic = op::get_topic_attributes::GetTopicAttributesOutput::builder().build();
    check("sns GetTopicAttributesOutput", &topic);
    let tags = op::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("sns ListTagsForResourceOutput", &tags);
    let subscription = sns::types::Subscription::builder().build();
    check("sns Subscription", &subscription);
    let filter = logs::types::MetricFilter::builder().build();
    check("cloudwatchlogs MetricFilter", &filter);
    let metric = logs::types::MetricTransformation::builder().metric_name("m");
    let metric = metric.metric_namespace("n").metric_value("1").build();
    check("cloudwatchlogs MetricTransformation", &metric.unwrap());
    let alarm = cloudwatch::types::MetricAlarm::builder().build();
    check("cloudwatch MetricAlarm", &alarm);
    let rule = cloudwatch::types::AlarmMuteRuleSummary::builder().build();
    check("cloudwatch AlarmMuteRuleSummary", &rule);
    let hidden = op::get_data_protection_policy::GetDataProtectionPolicyOutput::builder();
    check("sns GetDataProtectionPolicyOutput", &hidden.build());
}

#[test]
fn every_property_of_rules_and_dashboards_is_decided_about() {
    use cloudwatch::operation as shown;
    use eventbridge::operation as ruled;
    let rule = ruled::describe_rule::DescribeRuleOutput::builder().build();
    check("eventbridge DescribeRuleOutput", &rule);
    let target = eventbridge::types::Target::builder().id("i").arn("a");
    check("eventbridge Target", &target.build().unwrap());
    let tags = ruled::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("eventbridge ListTagsForResourceOutput", &tags);
    let dashboard = shown::get_dashboard::GetDashboardOutput::builder().build();
    check("cloudwatch GetDashboardOutput", &dashboard);
    let tags = shown::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("cloudwatch ListTagsForResourceOutput", &tags);
}

#[test]
fn every_property_of_resource_groups_is_decided_about() {
    use resourcegroups::{operation::get_tags::GetTagsOutput, types::*};
    let query = ResourceQuery::builder().r#type(QueryType::TagFilters10);
    let query = query.query("{}").build().unwrap();
    check("resourcegroups ResourceQuery", &query);
    let configuration = GroupConfiguration::builder().build();
    check("resourcegroups GroupConfiguration", &configuration);
    check(
        "resourcegroups GetTagsOutput",
        &GetTagsOutput::builder().build(),
    );
}

#[test]
fn every_property_of_analyzers_is_decided_about() {
    use accessanalyzer::types::*;
    let epoch = accessanalyzer::primitives::DateTime::from_secs(0);
    let summary = AnalyzerSummary::builder()
        .arn("a")
        .name("n")
        .created_at(epoch);
    let summary = summary.r#type(Type::Account).status(AnalyzerStatus::Active);
    check("accessanalyzer AnalyzerSummary", &summary.build().unwrap());
    let unused = UnusedAccessConfiguration::builder().build();
    check("accessanalyzer UnusedAccessConfiguration", &unused);
    let rule = ArchiveRuleSummary::builder().rule_name("r");
    let rule = rule.set_filter(Some(std::collections::HashMap::new()));
    let rule = rule.created_at(epoch).updated_at(epoch).build();
    check("accessanalyzer ArchiveRuleSummary", &rule.unwrap());
}

#[test]
fn every_property_of_key_pairs_and_their_secrets_is_decided_about() {
    use secretsmanager::operation as op;
    let pair = ec2::types::KeyPairInfo::builder().build();
    check("ec2 KeyPairInfo", &pair);
    let secret = op::describe_secret::DescribeSecretOutput::builder().build();
    check("secretsmanager DescribeSecretOutput", &secret);
    let policy = op::get_resource_policy::GetResourcePolicyOutput::builder().build();
    check("secretsmanager GetResourcePolicyOutput", &policy);
}

#[test]
fn every_property_of_what_tells_of_unusual_costs_is_decided_about() {
    use costexplorer::types::*;
    let monitor = AnomalyMonitor::builder().monitor_name("m");
    let monitor = monitor.monitor_type(MonitorType::Dimensional);
    check("costexplorer AnomalyMonitor", &monitor.build().unwrap());
    let subscription = AnomalySubscription::builder().subscription_name("s");
    let subscription = subscription
        .set_monitor_arn_list(Some(vec![]))
        .set_subscribers(Some(vec![]));
    let subscription = subscription.frequency(AnomalySubscriptionFrequency::Daily);
    check(
        "costexplorer AnomalySubscription",
        &subscription.build().unwrap(),
    );
    check("costexplorer Subscriber", &Subscriber::builder().build());
    let tags =
        costexplorer::operation::list_tags_for_resource::ListTagsForResourceOutput::builder();
    check("costexplorer ListTagsForResourceOutput", &tags.build());
}

#[test]
fn every_property_of_budgets_is_decided_about() {
    use budgets::types::*;
    let budget = Budget::builder().budget_name("b");
    let budget = budget
        .budget_type(BudgetType::Cost)
        .time_unit(TimeUnit::Monthly);
    check("budgets Budget", &budget.build().unwrap());
    let tags = budgets::operation::list_tags_for_resource::ListTagsForResourceOutput::builder();
    check("budgets ListTagsForResourceOutput", &tags.build());
    let told = Subscriber::builder().address("a@b.example");
    let told = told.subscription_type(SubscriptionType::Email);
    check("budgets Subscriber", &told.build().unwrap());
    let when = Notification::builder().threshold(80.0);
    let when = when.notification_type(NotificationType::Actual);
    let when = when.comparison_operator(ComparisonOperator::GreaterThan);
    check("budgets Notification", &when.build().unwrap());
    let action = Action::builder().action_id("a").budget_name("b");
    let action = action.notification_type(NotificationType::Actual);
    let action = action.action_type(ActionType::Iam);
    let action = action.execution_role_arn("r").set_subscribers(Some(vec![]));
    let action = action.approval_model(ApprovalModel::Auto);
    let action = action.status(ActionStatus::Standby);
    check("budgets Action", &action.build().unwrap());
}
