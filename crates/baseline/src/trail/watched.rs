//! What is watched of the trail, by CloudTrail's model.

use crate::watched::{Properties, identity, no, reported, restored};

const OLD: &str = "an older word for what another says";
const CLEARED: &str = "nothing is copied there, for the setting is put back";

/// The tables of CloudTrail's answers.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Trail of the tenant's own",
        shape: "cloudtrail Trail",
        all: &[
            identity("name"),
            restored("s3_bucket_name", "deliversTo"),
            restored("s3_key_prefix", "prefix"),
            no("sns_topic_name", OLD),
            restored("sns_topic_arn", "topic"),
            restored("include_global_service_events", "globalEvents"),
            restored("is_multi_region_trail", "multiRegion"),
            no("home_region", "it cannot be changed"),
            identity("trail_arn"),
            restored("log_file_validation_enabled", "validation"),
            restored("cloud_watch_logs_log_group_arn", "copiesTo"),
            no("cloud_watch_logs_role_arn", "it goes with the log group"),
            restored("kms_key_id", "key"),
            no(
                "has_custom_event_selectors",
                "the selectors themselves are watched",
            ),
            no("has_insight_selectors", "they add records and take none"),
            no(
                "is_organization_trail",
                "one of the organization is another trail",
            ),
            no(
                "recursive_logging",
                "it is about records of reading records",
            ),
        ],
    },
    Properties {
        resource: "Status of the trail",
        shape: "cloudtrail GetTrailStatusOutput",
        all: &[
            restored("is_logging", "logging"),
            reported("latest_delivery_error", "deliveryError"),
            no("latest_notification_error", CLEARED),
            no(
                "latest_delivery_time",
                "it is in the finding that logging is off",
            ),
            no("latest_notification_time", CLEARED),
            no("start_logging_time", "it is history"),
            no(
                "stop_logging_time",
                "it is in the finding that logging is off",
            ),
            no("latest_cloud_watch_logs_delivery_error", CLEARED),
            no("latest_cloud_watch_logs_delivery_time", CLEARED),
            no("latest_digest_delivery_time", "it is history"),
            reported("latest_digest_delivery_error", "digestError"),
            no("latest_delivery_attempt_time", OLD),
            no("latest_notification_attempt_time", OLD),
            no("latest_notification_attempt_succeeded", OLD),
            no("latest_delivery_attempt_succeeded", OLD),
            no("time_logging_started", OLD),
            no("time_logging_stopped", OLD),
        ],
    },
    Properties {
        resource: "Events of the trail",
        shape: "cloudtrail GetEventSelectorsOutput",
        all: &[
            identity("trail_arn"),
            restored("event_selectors", "events"),
            restored("advanced_event_selectors", "events"),
        ],
    },
    Properties {
        resource: "Tags of the trail",
        shape: "cloudtrail ResourceTag",
        all: &[identity("resource_id"), restored("tags_list", "tags")],
    },
];
