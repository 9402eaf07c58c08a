//! Looking at trails: ours, and the organization's.

use aws_sdk_cloudtrail::{
    Client,
    operation::{
        get_event_selectors::GetEventSelectorsOutput, get_trail_status::GetTrailStatusOutput,
    },
    types::{AdvancedEventSelector, EventSelector, ReadWriteType, Trail},
};
use baseline::{
    Desired,
    trail::{Own, Seen, Shared, is_our_bucket},
};
use tenancy::{Failure, Region, blueprint::TrailKind, names};

use super::TrailPort;
use crate::calls::{checked, present};

impl TrailPort {
    /// One round trip where the trail is where it is expected, or is not there.
    pub(super) async fn observe_trails(
        &self,
        desired: &Desired,
        home: &Region,
    ) -> Result<Seen, Failure> {
        let client = self.pass.clients.cloudtrail(desired, home).await?;
        if desired.spec.trail == TrailKind::Organization || desired.leaving() {
            return self.observe_all(desired, &client).await;
        }
        let (trails, status, events) = futures::try_join!(
            describe(&client),
            logging_status(&client, names::TRAIL),
            selectors(&client, names::TRAIL),
        )?;
        let Some(trail) = trails.into_iter().find(is_named_ours) else {
            return Ok(Seen::default());
        };
        let (status, events) = match trail.home_region() {
            Some(elsewhere) if elsewhere != home.as_str() => {
                // A trail of another Region answers to its ARN only.
                let arn = trail.trail_arn().unwrap_or_default();
                futures::try_join!(logging_status(&client, arn), selectors(&client, arn))?
            }
            _ => (status, events),
        };
        let own = self.own(desired, &client, home, &trail, status, events);
        Ok(Seen {
            trail: Some(own.await?),
            ..Seen::default()
        })
    }

    async fn observe_all(&self, desired: &Desired, client: &Client) -> Result<Seen, Failure> {
        let mut seen = Seen::default();
        for trail in describe(client).await? {
            if trail.is_organization_trail() == Some(true) && !desired.leaving() {
                seen.organization = Some(shared(client, &trail).await?);
            } else if is_named_ours(&trail) && desired.leaving() {
                let home = desired.home_region();
                if let Some(home) = home {
                    let own = self.own(desired, client, home, &trail, None, None);
                    seen.trail = Some(own.await?);
                }
            }
        }
        Ok(seen)
    }

    async fn own(
        &self,
        desired: &Desired,
        client: &Client,
        expected: &Region,
        trail: &Trail,
        status: Option<GetTrailStatusOutput>,
        events: Option<GetEventSelectorsOutput>,
    ) -> Result<Own, Failure> {
        let arn = trail.trail_arn().unwrap_or_default().to_owned();
        let bucket = trail.s3_bucket_name().unwrap_or_default().to_owned();
        let delivers_to_us = desired
            .account
            .as_ref()
            .is_some_and(|account| is_our_bucket(account, &bucket));
        // The tags are read only where the bucket does not say it all.
        let ours = delivers_to_us || tagged(client, desired, &arn).await?;
        let home = trail.home_region().and_then(|region| region.parse().ok());
        Ok(Own {
            home: home.unwrap_or_else(|| expected.clone()),
            ours,
            bucket,
            multi_region: trail.is_multi_region_trail() == Some(true),
            global_events: trail.include_global_service_events() == Some(true),
            validation: trail.log_file_validation_enabled() == Some(true),
            all_management: events.is_some_and(|events| all_management(&events)),
            logging: status
                .as_ref()
                .is_some_and(|status| status.is_logging() == Some(true)),
            gap: status.map_or_else(String::new, |status| gap(&status)),
            arn,
        })
    }
}

fn is_named_ours(trail: &Trail) -> bool {
    trail.name() == Some(names::TRAIL) && trail.is_organization_trail() != Some(true)
}

/// All trails the account sees, shadows of other Regions and of the organization included. There is one page: a Region has at
/// most five trails.
async fn describe(client: &Client) -> Result<Vec<Trail>, Failure> {
    let answer = client
        .describe_trails()
        .include_shadow_trails(true)
        .send()
        .await;
    let answer = checked(answer, || "looking at the trails".into())?;
    Ok(answer.trail_list.unwrap_or_default())
}

async fn logging_status(
    client: &Client,
    name: &str,
) -> Result<Option<GetTrailStatusOutput>, Failure> {
    let answer = client.get_trail_status().name(name).send().await;
    present(answer, || "looking whether the trail is logging".into())
}

async fn selectors(
    client: &Client,
    name: &str,
) -> Result<Option<GetEventSelectorsOutput>, Failure> {
    let answer = client.get_event_selectors().trail_name(name).send().await;
    present(answer, || "looking at the events of the trail".into())
}

async fn tagged(client: &Client, desired: &Desired, arn: &str) -> Result<bool, Failure> {
    let answer = client.list_tags().resource_id_list(arn).send().await;
    let answer = present(answer, || "reading the tags of the trail".into())?;
    let tags = answer
        .iter()
        .flat_map(|answer| answer.resource_tag_list())
        .flat_map(|resource| resource.tags_list());
    let tags = tags.map(|tag| {
        (
            tag.key().to_owned(),
            tag.value().unwrap_or_default().to_owned(),
        )
    });
    Ok(desired.owns(&tags.collect()))
}

async fn shared(client: &Client, trail: &Trail) -> Result<Shared, Failure> {
    let arn = trail.trail_arn().unwrap_or_default().to_owned();
    let status = logging_status(client, &arn).await?;
    Ok(Shared {
        multi_region: trail.is_multi_region_trail() == Some(true),
        validation: trail.log_file_validation_enabled() == Some(true),
        logging: status
            .as_ref()
            .is_some_and(|status| status.is_logging() == Some(true)),
        delivery_error: status
            .and_then(|status| status.latest_delivery_error)
            .filter(|error| !error.is_empty()),
        arn,
    })
}

/// Since when nothing was recorded, as far as CloudTrail says.
fn gap(status: &GetTrailStatusOutput) -> String {
    let told = |time: Option<&aws_sdk_cloudtrail::primitives::DateTime>| {
        time.map_or_else(|| "never".to_owned(), ToString::to_string)
    };
    format!(
        "stopped {}, last delivery {}",
        told(status.stop_logging_time()),
        told(status.latest_delivery_time())
    )
}

fn all_management(events: &GetEventSelectorsOutput) -> bool {
    events.event_selectors().iter().any(is_complete)
        || events
            .advanced_event_selectors()
            .iter()
            .any(is_complete_advanced)
}

fn is_complete(selector: &EventSelector) -> bool {
    selector.include_management_events() == Some(true)
        && selector
            .read_write_type()
            .is_none_or(|kind| *kind == ReadWriteType::All)
        && selector.exclude_management_event_sources().is_empty()
}

/// One that asks for the category of management events and for nothing narrower.
fn is_complete_advanced(selector: &AdvancedEventSelector) -> bool {
    match selector.field_selectors() {
        [only] => only.field() == "eventCategory" && only.equals() == ["Management"],
        _ => false,
    }
}
