//! What the calls we make say of the thing they are about. An answer is classified by the call it answers: "not there" is absence only
//! where the call asked for the very thing, and a call without a row does not compile.
//!
//! Sources: the services' API references, "Errors" of each action; EC2 User Guide, "Error codes for the Amazon EC2 API"; S3 API
//! reference, "Error responses".

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call, by the error it is answered with.
pub trait Call: ProvideErrorMetadata {
    /// Its name at AWS.
    const NAME: &'static str;
    /// Codes which say that what it asks for, or deletes, is absent.
    const ABSENT: &'static [&'static str];
    /// Codes which say that things are already as it asks.
    const ALREADY: &'static [&'static str];
    /// Codes which say that something holds what it deletes.
    const IN_USE: &'static [&'static str];
}

macro_rules! calls {
    ($($service:ident { $($module:ident :: $error:ident $($list:ident [$($code:literal),+])*;)+ })+) => {
        $($(
            impl Call for $service::operation::$module::$error {
                const NAME: &'static str = stringify!($module);
                const ABSENT: &'static [&'static str] = calls!(@absent $($list [$($code),+])*);
                const ALREADY: &'static [&'static str] = calls!(@already $($list [$($code),+])*);
                const IN_USE: &'static [&'static str] = calls!(@held $($list [$($code),+])*);
            }
        )+)+

        /// Every call: service, name, and the codes it says by that what it is about is absent, already so, or held.
        #[cfg(test)]
        pub(super) const CALLS: &[(&str, &str, [&[&str]; 3])] = &[$($((
            stringify!($service),
            stringify!($module),
            [
                calls!(@absent $($list [$($code),+])*),
                calls!(@already $($list [$($code),+])*),
                calls!(@held $($list [$($code),+])*),
            ],
        ),)+)+];
    };
    (@absent absent [$($code:literal),+] $($rest:tt)*) => { &[$($code),+] };
    (@absent $list:ident [$($code:literal),+] $($rest:tt)*) => { calls!(@absent $($rest)*) };
    (@absent) => { &[] };
    (@already already [$($code:literal),+] $($rest:tt)*) => { &[$($code),+] };
    (@already $list:ident [$($code:literal),+] $($rest:tt)*) => { calls!(@already $($rest)*) };
    (@already) => { &[] };
    (@held held [$($code:literal),+] $($rest:tt)*) => { &[$($code),+] };
    (@held $list:ident [$($code:literal),+] $($rest:tt)*) => { calls!(@held $($rest)*) };
    (@held) => { &[] };
}

calls! {
    aws_sdk_accessanalyzer {
        create_analyzer::CreateAnalyzerError already ["ConflictException"];
        delete_analyzer::DeleteAnalyzerError absent ["ResourceNotFoundException"];
    }
    aws_sdk_account {
        delete_alternate_contact::DeleteAlternateContactError absent ["ResourceNotFoundException"];
        get_alternate_contact::GetAlternateContactError absent ["ResourceNotFoundException"];
    }
    aws_sdk_budgets {
        create_budget::CreateBudgetError already ["DuplicateRecordException"];
        create_notification::CreateNotificationError already ["DuplicateRecordException"];
        create_subscriber::CreateSubscriberError already ["DuplicateRecordException"];
        delete_budget::DeleteBudgetError absent ["NotFoundException"];
        delete_subscriber::DeleteSubscriberError absent ["NotFoundException"];
        describe_budget::DescribeBudgetError absent ["NotFoundException"];
        describe_subscribers_for_notification::DescribeSubscribersForNotificationError absent ["NotFoundException"];
        list_tags_for_resource::ListTagsForResourceError absent ["NotFoundException"];
    }
    aws_sdk_costexplorer {
        delete_anomaly_monitor::DeleteAnomalyMonitorError absent ["UnknownMonitorException"];
        delete_anomaly_subscription::DeleteAnomalySubscriptionError absent ["UnknownSubscriptionException"];
        list_tags_for_resource::ListTagsForResourceError absent ["ResourceNotFoundException", "UnknownMonitorException", "UnknownSubscriptionException"];
    }
    aws_sdk_ec2 {
        allocate_address::AllocateAddressError;
        associate_route_table::AssociateRouteTableError already ["Resource.AlreadyAssociated", "RouteTableAssociationAlreadyExists"];
        attach_internet_gateway::AttachInternetGatewayError already ["Resource.AlreadyAssociated"];
        authorize_security_group_egress::AuthorizeSecurityGroupEgressError already ["InvalidPermission.Duplicate"];
        authorize_security_group_ingress::AuthorizeSecurityGroupIngressError already ["InvalidPermission.Duplicate"];
        create_flow_logs::CreateFlowLogsError already ["FlowLogAlreadyExists"];
        create_internet_gateway::CreateInternetGatewayError;
        create_nat_gateway::CreateNatGatewayError already ["Resource.AlreadyAssociated"];
        create_network_acl_entry::CreateNetworkAclEntryError already ["NetworkAclEntryAlreadyExists"];
        create_route::CreateRouteError already ["RouteAlreadyExists"];
        create_route_table::CreateRouteTableError;
        create_security_group::CreateSecurityGroupError already ["InvalidGroup.Duplicate"];
        create_subnet::CreateSubnetError already ["InvalidSubnet.Conflict"];
        create_tags::CreateTagsError;
        create_vpc::CreateVpcError;
        create_vpc_endpoint::CreateVpcEndpointError already ["RouteAlreadyExists"];
        delete_flow_logs::DeleteFlowLogsError absent ["InvalidFlowLogId.NotFound"];
        delete_internet_gateway::DeleteInternetGatewayError absent ["InvalidInternetGatewayID.NotFound"];
        delete_nat_gateway::DeleteNatGatewayError absent ["NatGatewayNotFound", "InvalidNatGatewayID.NotFound"];
        delete_key_pair::DeleteKeyPairError absent ["InvalidKeyPair.NotFound"];
        delete_network_acl_entry::DeleteNetworkAclEntryError absent ["InvalidNetworkAclEntry.NotFound"];
        delete_route::DeleteRouteError absent ["InvalidRoute.NotFound"];
        delete_route_table::DeleteRouteTableError absent ["InvalidRouteTableID.NotFound"];
        delete_security_group::DeleteSecurityGroupError absent ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"];
        delete_subnet::DeleteSubnetError absent ["InvalidSubnetID.NotFound"];
        delete_tags::DeleteTagsError absent [
            "InvalidAllocationID.NotFound", "InvalidFlowLogId.NotFound", "InvalidGroup.NotFound",
            "InvalidInternetGatewayID.NotFound", "InvalidKeyPair.NotFound", "InvalidRouteTableID.NotFound", "InvalidSubnetID.NotFound",
            "InvalidVpcEndpointId.NotFound", "InvalidVpcID.NotFound", "NatGatewayNotFound"
        ];
        delete_vpc::DeleteVpcError absent ["InvalidVpcID.NotFound"];
        delete_vpc_endpoints::DeleteVpcEndpointsError absent ["InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound"];
        describe_vpc_attribute::DescribeVpcAttributeError absent ["InvalidVpcID.NotFound"];
        detach_internet_gateway::DetachInternetGatewayError absent ["Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"];
        import_key_pair::ImportKeyPairError already ["InvalidKeyPair.Duplicate"];
        modify_subnet_attribute::ModifySubnetAttributeError;
        modify_vpc_attribute::ModifyVpcAttributeError;
        modify_vpc_endpoint::ModifyVpcEndpointError already ["RouteAlreadyExists"];
        release_address::ReleaseAddressError absent ["InvalidAllocationID.NotFound", "InvalidAddress.NotFound", "InvalidAddressID.NotFound"];
        replace_network_acl_entry::ReplaceNetworkAclEntryError;
        replace_route::ReplaceRouteError;
        replace_route_table_association::ReplaceRouteTableAssociationError;
        revoke_security_group_egress::RevokeSecurityGroupEgressError absent ["InvalidPermission.NotFound"];
        revoke_security_group_ingress::RevokeSecurityGroupIngressError absent ["InvalidPermission.NotFound"];
    }
    aws_sdk_iam {
        create_account_alias::CreateAccountAliasError already ["EntityAlreadyExists"];
        create_instance_profile::CreateInstanceProfileError already ["EntityAlreadyExists"];
        create_policy::CreatePolicyError already ["EntityAlreadyExists"];
        create_role::CreateRoleError already ["EntityAlreadyExists"];
        delete_account_alias::DeleteAccountAliasError absent ["NoSuchEntity"];
        delete_instance_profile::DeleteInstanceProfileError absent ["NoSuchEntity"] held ["DeleteConflict"];
        delete_policy::DeletePolicyError absent ["NoSuchEntity"] held ["DeleteConflict"];
        delete_policy_version::DeletePolicyVersionError absent ["NoSuchEntity"];
        delete_role::DeleteRoleError absent ["NoSuchEntity"] held ["DeleteConflict"];
        delete_role_permissions_boundary::DeleteRolePermissionsBoundaryError absent ["NoSuchEntity"];
        delete_role_policy::DeleteRolePolicyError absent ["NoSuchEntity"];
        detach_role_policy::DetachRolePolicyError absent ["NoSuchEntity"];
        get_account_password_policy::GetAccountPasswordPolicyError absent ["NoSuchEntity"];
        get_instance_profile::GetInstanceProfileError absent ["NoSuchEntity"];
        get_login_profile::GetLoginProfileError absent ["NoSuchEntity"];
        get_policy::GetPolicyError absent ["NoSuchEntity"];
        list_access_keys::ListAccessKeysError absent ["NoSuchEntity"];
        remove_role_from_instance_profile::RemoveRoleFromInstanceProfileError absent ["NoSuchEntity"];
    }
    aws_sdk_kms {
        create_alias::CreateAliasError already ["AlreadyExistsException"];
        describe_key::DescribeKeyError absent ["NotFoundException"];
        get_key_policy::GetKeyPolicyError absent ["NotFoundException"];
        get_key_rotation_status::GetKeyRotationStatusError absent ["NotFoundException"];
        list_resource_tags::ListResourceTagsError absent ["NotFoundException"];
        schedule_key_deletion::ScheduleKeyDeletionError absent ["NotFoundException"];
    }
    aws_sdk_s3 {
        create_bucket::CreateBucketError already ["BucketAlreadyOwnedByYou"];
        get_bucket_encryption::GetBucketEncryptionError absent ["ServerSideEncryptionConfigurationNotFoundError"];
        get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationError absent ["NoSuchLifecycleConfiguration"];
        get_bucket_ownership_controls::GetBucketOwnershipControlsError absent ["OwnershipControlsNotFoundError"];
        get_bucket_policy::GetBucketPolicyError absent ["NoSuchBucketPolicy"];
        get_bucket_tagging::GetBucketTaggingError absent ["NoSuchTagSet", "NoSuchBucket"];
        get_bucket_versioning::GetBucketVersioningError absent ["NoSuchBucket"];
        get_public_access_block::GetPublicAccessBlockError absent ["NoSuchPublicAccessBlockConfiguration"];
    }
    aws_sdk_s3control {
        get_public_access_block::GetPublicAccessBlockError absent ["NoSuchPublicAccessBlockConfiguration"];
    }
    aws_sdk_secretsmanager {
        create_secret::CreateSecretError already ["ResourceExistsException"];
        delete_secret::DeleteSecretError absent ["ResourceNotFoundException"];
        describe_secret::DescribeSecretError absent ["ResourceNotFoundException"];
        get_resource_policy::GetResourcePolicyError absent ["ResourceNotFoundException"];
        remove_regions_from_replication::RemoveRegionsFromReplicationError absent ["ResourceNotFoundException"];
    }
    aws_sdk_cloudtrail {
        create_trail::CreateTrailError already ["TrailAlreadyExistsException"];
        delete_trail::DeleteTrailError absent ["TrailNotFoundException"];
        get_event_selectors::GetEventSelectorsError absent ["TrailNotFoundException"];
        get_trail_status::GetTrailStatusError absent ["TrailNotFoundException"];
        list_tags::ListTagsError absent ["ResourceNotFoundException", "TrailNotFoundException"];
    }
    aws_sdk_cloudwatch {
        delete_alarms::DeleteAlarmsError absent ["ResourceNotFound"];
        delete_dashboards::DeleteDashboardsError absent ["ResourceNotFound", "DashboardNotFoundError"];
        get_dashboard::GetDashboardError absent ["ResourceNotFound", "DashboardNotFoundError"];
        list_tags_for_resource::ListTagsForResourceError absent ["ResourceNotFoundException"];
    }
    aws_sdk_cloudwatchlogs {
        create_log_group::CreateLogGroupError already ["ResourceAlreadyExistsException"];
        delete_log_group::DeleteLogGroupError absent ["ResourceNotFoundException"];
        delete_metric_filter::DeleteMetricFilterError absent ["ResourceNotFoundException"];
        describe_metric_filters::DescribeMetricFiltersError absent ["ResourceNotFoundException"];
        list_tags_for_resource::ListTagsForResourceError absent ["ResourceNotFoundException"];
    }
    aws_sdk_eventbridge {
        delete_rule::DeleteRuleError absent ["ResourceNotFoundException"];
        describe_rule::DescribeRuleError absent ["ResourceNotFoundException"];
        list_tags_for_resource::ListTagsForResourceError absent ["ResourceNotFoundException"];
        list_targets_by_rule::ListTargetsByRuleError absent ["ResourceNotFoundException"];
        remove_targets::RemoveTargetsError absent ["ResourceNotFoundException"];
    }
    aws_sdk_sns {
        delete_topic::DeleteTopicError absent ["NotFound"];
        get_subscription_attributes::GetSubscriptionAttributesError absent ["NotFound"];
        get_topic_attributes::GetTopicAttributesError absent ["NotFound"];
        list_subscriptions_by_topic::ListSubscriptionsByTopicError absent ["NotFound"];
        list_tags_for_resource::ListTagsForResourceError absent ["ResourceNotFound"];
        unsubscribe::UnsubscribeError absent ["NotFound"];
    }
    aws_sdk_resourcegroups {
        create_group::CreateGroupError already ["BadRequestException"];
        delete_group::DeleteGroupError absent ["NotFoundException"];
        get_group_query::GetGroupQueryError absent ["NotFoundException"];
        get_tags::GetTagsError absent ["NotFoundException"];
    }
    aws_sdk_organizations {
        attach_policy::AttachPolicyError already ["DuplicatePolicyAttachmentException"];
        close_account::CloseAccountError already ["AccountAlreadyClosedException"];
        create_organizational_unit::CreateOrganizationalUnitError already ["DuplicateOrganizationalUnitException"];
        create_policy::CreatePolicyError already ["DuplicatePolicyException"];
        describe_account::DescribeAccountError absent ["AccountNotFoundException"];
        describe_create_account_status::DescribeCreateAccountStatusError absent ["CreateAccountStatusNotFoundException"];
        describe_organizational_unit::DescribeOrganizationalUnitError absent ["OrganizationalUnitNotFoundException"];
        list_parents::ListParentsError absent ["ChildNotFoundException"];
        list_tags_for_resource::ListTagsForResourceError absent ["TargetNotFoundException"];
        move_account::MoveAccountError already ["DuplicateAccountException"];
    }
}
