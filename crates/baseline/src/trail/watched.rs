//! What is watched of the trail, by CloudTrail's model.

use crate::watched::{Properties, reported, restored};

/// The tables of CloudTrail's answers.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Trail of the tenant's own",
        kind: "trail",
        shape: "cloudtrail Trail",
        watched: &[
            restored("s3_bucket_name", "deliversTo"),
            restored("s3_key_prefix", "prefix"),
            restored("sns_topic_arn", "topic"),
            restored("include_global_service_events", "globalEvents"),
            restored("is_multi_region_trail", "multiRegion"),
            restored("log_file_validation_enabled", "validation"),
            restored("cloud_watch_logs_log_group_arn", "copiesTo"),
            restored("cloud_watch_logs_role_arn", "copiesBy"),
            restored("kms_key_id", "key"),
        ],
        identity: &["name", "trail_arn"],
        unwatched: &[
            "sns_topic_name: an older name of another property",
            "home_region: it cannot be changed",
            "has_custom_event_selectors: the selectors themselves are watched",
            "has_insight_selectors: they add records and remove none",
            "is_organization_trail: an organization's trail is another trail",
            "recursive_logging: it only decides whether reading the log is itself recorded",
        ],
    },
    Properties {
        resource: "Status of the trail",
        kind: "trail",
        shape: "cloudtrail GetTrailStatusOutput",
        watched: &[
            restored("is_logging", "logging"),
            reported("latest_delivery_error", "deliveryError"),
            reported("latest_digest_delivery_error", "digestError"),
            reported("latest_cloud_watch_logs_delivery_error", "copyError"),
        ],
        identity: &[],
        unwatched: &[
            "latest_notification_error, latest_notification_time: nothing is notified, for the setting is put back",
            "latest_cloud_watch_logs_delivery_time: nothing comes in where nothing happens",
            "latest_delivery_time, stop_logging_time: the finding that logging is off has it",
            "start_logging_time, latest_digest_delivery_time: it is history",
            "latest_delivery_attempt_time, latest_notification_attempt_time, latest_notification_attempt_succeeded, latest_delivery_attempt_succeeded, time_logging_started, time_logging_stopped: an older name of another property",
        ],
    },
    Properties {
        resource: "Events of the trail",
        kind: "trail",
        shape: "cloudtrail GetEventSelectorsOutput",
        watched: &[
            restored("event_selectors", "events"),
            restored("advanced_event_selectors", "events"),
        ],
        identity: &["trail_arn"],
        unwatched: &[],
    },
    Properties {
        resource: "Event configuration of the trail",
        kind: "trail",
        shape: "cloudtrail GetEventConfigurationOutput",
        watched: &[],
        identity: &["trail_arn"],
        unwatched: &[
            "aggregation_configurations: a read more; it adds summaries of data events and leaves no event out, and the guardrail closes it to the tenant",
            "max_event_size, context_key_selectors, event_data_store_arn: event data stores only, of which tenantry makes none",
        ],
    },
    Properties {
        resource: "Tags of the trail",
        kind: "trail",
        shape: "cloudtrail ResourceTag",
        watched: &[restored("tags_list", "tags")],
        identity: &["resource_id"],
        unwatched: &[],
    },
];
