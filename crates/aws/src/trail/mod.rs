//! Observes, and works on, the trail of a tenant and its bucket.
//!
//! Every call to the bucket says whose it must be, so that a bucket of the same name in another account is never spoken to.

mod bucket;
mod read;
mod setting;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType, Tag};
use baseline::{
    Desired, Port,
    trail::{Fact, Own, Seen, Trail, TrailChange, bucket_name},
};
use tenancy::{ComponentName, Failure, Region, blueprint::TrailKind, names};

use crate::{calls::sdk_tags, errors, installation::never_entered, pass::PassContext};

/// Works on the trail of one tenant.
pub struct TrailPort {
    pass: Arc<PassContext>,
}

impl TrailPort {
    pub(crate) fn new(pass: &Arc<PassContext>) -> Self {
        Self {
            pass: Arc::clone(pass),
        }
    }
}

#[async_trait]
impl Port<Trail> for TrailPort {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        if never_entered(&self.pass) {
            return Ok(Seen::default());
        }
        let Some(home) = desired.home_region() else {
            return Ok(Seen::default());
        };
        let own = desired.spec.trail == TrailKind::Tenant && !desired.leaving();
        let bucket = async {
            match bucket_name(desired).filter(|_| own) {
                Some(bucket) => self.observe_bucket(desired, home, &bucket).await,
                None => Ok(None),
            }
        };
        let (trails, bucket) = futures::try_join!(self.observe_trails(desired, home), bucket)?;
        Ok(Seen { bucket, ..trails })
    }

    async fn apply(&self, desired: &Desired, change: &TrailChange) -> Result<Fact, Failure> {
        match change {
            TrailChange::CreateBucket { bucket } => self.create_bucket(desired, bucket).await,
            TrailChange::Set { bucket, setting } => self.set(desired, bucket, setting).await,
            TrailChange::CreateTrail { bucket } => self.create_trail(desired, bucket).await,
            TrailChange::UpdateTrail {
                arn, home, bucket, ..
            } => self.update_trail(desired, home, arn, bucket).await,
            TrailChange::SelectEvents { arn, home } => self.select_events(desired, home, arn).await,
            TrailChange::StartLogging { arn, home, .. } => {
                self.start_logging(desired, home, arn).await
            }
            TrailChange::DeleteTrail { arn, home } => self.delete_trail(desired, home, arn).await,
        }
    }
}

impl TrailPort {
    async fn create_trail(&self, desired: &Desired, bucket: &str) -> Result<Fact, Failure> {
        let doing = format!("creating trail `{}`", names::TRAIL);
        let home = desired
            .home_region()
            .ok_or_else(|| Failure::bug(doing.as_str(), "no Region"))?;
        let tags = sdk_tags!(Tag, desired.tags(ComponentName::TRAIL))?;
        let answer = self
            .pass
            .clients
            .cloudtrail(desired, home)
            .await?
            .create_trail()
            .name(names::TRAIL)
            .s3_bucket_name(bucket)
            .is_multi_region_trail(true)
            .include_global_service_events(true)
            .enable_log_file_validation(true)
            .set_tags_list(Some(tags))
            .send()
            .await;
        let made =
            || Own::made(desired, bucket).ok_or_else(|| Failure::bug(doing.as_str(), "no account"));
        match answer {
            Ok(_) => Ok(Fact::Trail(made()?)),
            // Made by a pass whose answer was lost: observed again, for it may differ.
            Err(error) if errors::is_already_there(&error) => {
                let seen = self.observe_trails(desired, home).await?;
                seen.trail
                    .map_or_else(|| made().map(Fact::Trail), |own| Ok(Fact::Trail(own)))
            }
            Err(error) => Err(errors::failure(doing, &error)),
        }
    }

    async fn update_trail(
        &self,
        desired: &Desired,
        home: &Region,
        arn: &str,
        bucket: &str,
    ) -> Result<Fact, Failure> {
        self.pass
            .clients
            .cloudtrail(desired, home)
            .await?
            .update_trail()
            .name(arn)
            .s3_bucket_name(bucket)
            .is_multi_region_trail(true)
            .include_global_service_events(true)
            .enable_log_file_validation(true)
            .send()
            .await
            .map_err(|error| errors::failure(format!("updating trail `{arn}`"), &error))?;
        Ok(Fact::Updated {
            bucket: bucket.to_owned(),
        })
    }

    async fn select_events(
        &self,
        desired: &Desired,
        home: &Region,
        arn: &str,
    ) -> Result<Fact, Failure> {
        let every = EventSelector::builder()
            .read_write_type(ReadWriteType::All)
            .include_management_events(true)
            .build();
        self.pass
            .clients
            .cloudtrail(desired, home)
            .await?
            .put_event_selectors()
            .trail_name(arn)
            .event_selectors(every)
            .send()
            .await
            .map_err(|error| {
                errors::failure(format!("selecting the events of trail `{arn}`"), &error)
            })?;
        Ok(Fact::Selected)
    }

    async fn start_logging(
        &self,
        desired: &Desired,
        home: &Region,
        arn: &str,
    ) -> Result<Fact, Failure> {
        self.pass
            .clients
            .cloudtrail(desired, home)
            .await?
            .start_logging()
            .name(arn)
            .send()
            .await
            .map_err(|error| errors::failure(format!("starting trail `{arn}`"), &error))?;
        Ok(Fact::Started)
    }

    async fn delete_trail(
        &self,
        desired: &Desired,
        home: &Region,
        arn: &str,
    ) -> Result<Fact, Failure> {
        let answer = self
            .pass
            .clients
            .cloudtrail(desired, home)
            .await?
            .delete_trail()
            .name(arn)
            .send()
            .await;
        match answer {
            Err(error) if !errors::is_absent(&error) => {
                Err(errors::failure(format!("deleting trail `{arn}`"), &error))
            }
            _ => Ok(Fact::Deleted),
        }
    }
}
