//! What tells of unusual costs: the monitor of AWS Cost Anomaly Detection, and its subscription. Their API is in one Region for all.

mod subscription;
mod tags;
mod threshold;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_costexplorer::{
    Client,
    types::{AnomalyMonitor as SdkMonitor, MonitorDimension, MonitorType, ResourceTag},
};
use aws_smithy_runtime_api::client::result::SdkError;
use baseline::{
    Component, Desired,
    billing::{AnomalyMonitor, Billing},
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use tenancy::Failure;
use tokio::sync::Mutex;

use super::{doing, each, unknown_call, visible};
use crate::{
    calls::{cost_answer as answered, sdk_tags},
    errors::{self, Call, HttpStatus},
    pass::PassContext,
};

pub(crate) use subscription::AnomalySubscriptionPort;
use tags::{retag, tag, tags_of_all};

/// A monitor of the account, as it is listed.
#[derive(Clone)]
struct Listed {
    arn: String,
    name: String,
}

/// The monitors of an account that watch all its services, listed once in a pass: AWS makes room for one.
pub(crate) struct Monitors {
    pass: Arc<PassContext>,
    listed: Mutex<Option<Vec<Listed>>>,
}

impl Monitors {
    pub(crate) fn new(pass: &Arc<PassContext>) -> Arc<Self> {
        Arc::new(Self {
            pass: Arc::clone(pass),
            listed: Mutex::default(),
        })
    }

    async fn client(&self, desired: &Desired) -> Result<Client, Failure> {
        self.pass.clients.cost_explorer(desired).await
    }

    /// Those of all services.
    async fn of_services(&self, desired: &Desired) -> Result<Vec<Listed>, Failure> {
        let mut listed = self.listed.lock().await;
        if let Some(known) = &*listed {
            return Ok(known.clone());
        }
        let client = self.client(desired).await?;
        let pages = client
            .get_anomaly_monitors()
            .into_paginator()
            .items()
            .send();
        let all: Result<Vec<SdkMonitor>, _> = pages.collect().await;
        let all = answered(all, || "listing the monitors of unusual costs".to_owned())?;
        let of_services = all.into_iter().filter(is_of_services);
        let found: Vec<Listed> = of_services.filter_map(listed_one).collect();
        *listed = Some(found.clone());
        Ok(found)
    }

    /// Adds one that was made in this pass.
    async fn add(&self, arn: &str, name: &str) {
        let made = Listed {
            arn: arn.to_owned(),
            name: name.to_owned(),
        };
        self.listed
            .lock()
            .await
            .get_or_insert_with(Vec::new)
            .push(made);
    }

    /// Has them listed again.
    async fn forget(&self) {
        *self.listed.lock().await = None;
    }
}

fn is_of_services(monitor: &SdkMonitor) -> bool {
    monitor.monitor_type == MonitorType::Dimensional
        && monitor.monitor_dimension == Some(MonitorDimension::Service)
}

fn listed_one(monitor: SdkMonitor) -> Option<Listed> {
    Some(Listed {
        arn: monitor.monitor_arn?,
        name: monitor.monitor_name,
    })
}

/// Observes the monitor, and works on it.
pub(crate) struct AnomalyMonitorPort(pub(crate) Arc<Monitors>);

#[async_trait]
impl ResourcePort<AnomalyMonitor> for AnomalyMonitorPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AnomalyMonitor>, Failure> {
        each(&self.0.pass, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &AnomalyMonitor,
    ) -> Result<AnomalyMonitor, Failure> {
        let monitor = SdkMonitor::builder()
            .monitor_name(&wanted.name)
            .monitor_type(MonitorType::Dimensional)
            .monitor_dimension(MonitorDimension::Service)
            .build()
            .map_err(unwritable)?;
        let call = self.0.client(desired).await?.create_anomaly_monitor();
        let call = call
            .anomaly_monitor(monitor)
            .set_resource_tags(Some(sdk_tags!(ResourceTag, wanted.tags)?));
        match call.send().await {
            // Made by a pass whose answer was lost, by somebody else, or by AWS.
            Err(error) if errors::has_monitor(&error) => {
                self.0.forget().await;
                visible(self, desired, key).await
            }
            answer => {
                let made = answered(answer, || doing::<AnomalyMonitor>("creating", key))?;
                self.0.add(&made.monitor_arn, &wanted.name).await;
                Ok(AnomalyMonitor {
                    id: Some(made.monitor_arn),
                    ..wanted.clone()
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &AnomalyMonitor,
        found: &AnomalyMonitor,
    ) -> Result<Option<AnomalyMonitor>, Failure> {
        let client = self.0.client(desired).await?;
        let arn = found.id.as_deref().unwrap_or_default();
        match fields.first().map_or("", FieldRef::call) {
            "name" => {
                let call = client.update_anomaly_monitor().monitor_arn(arn);
                let sent = call.monitor_name(&wanted.name).send().await;
                answered(sent, || doing::<AnomalyMonitor>("renaming", key))?;
                self.0.forget().await;
            }
            "tags" => {
                let tags = (&wanted.tags, &found.tags);
                tag::<AnomalyMonitor>(&client, desired, key, arn, tags).await?;
            }
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &AnomalyMonitor,
    ) -> Result<Deleted, Failure> {
        let client = self.0.client(desired).await?;
        let arn = found.id.as_deref().unwrap_or_default();
        if !desired.owns(&found.tags) {
            return retag::<AnomalyMonitor>(&client, desired, key, arn, &found.tags).await;
        }
        let sent = client
            .delete_anomaly_monitor()
            .monitor_arn(arn)
            .send()
            .await;
        self.0.forget().await;
        there(sent, || doing::<AnomalyMonitor>("deleting", key)).map(|_| Deleted::Removed)
    }
}

impl AnomalyMonitorPort {
    /// Ours by its recorded ARN or by its tags; or else the one that takes the only place, where one is wanted.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<AnomalyMonitor>, Failure> {
        let client = self.0.client(desired).await?;
        let listed = self.0.of_services(desired).await?;
        let arns = listed.iter().map(|one| one.arn.clone()).collect();
        let tags = tags_of_all::<AnomalyMonitor>(&client, key, arns).await?;
        let mut listed = listed.into_iter();
        let recorded = desired.recorded.id_of(Billing::NAME, key);
        let ours = tags
            .iter()
            .find(|(arn, tags)| recorded == Some(arn.as_str()) || desired.owns(tags));
        if let Some((arn, tags)) = ours {
            return Ok(listed
                .find(|one| one.arn == *arn)
                .map(|one| AnomalyMonitor {
                    name: one.name,
                    tags: tags.clone(),
                    other: None,
                    id: Some(one.arn),
                }));
        }
        let wanted = !desired.leaving() && desired.spec.anomalies.is_some();
        let own_tags = || desired.tags(Billing::NAME);
        let other = listed.next().filter(|_| wanted);
        Ok(other.map(|other| AnomalyMonitor::of_others(&other.name, own_tags())))
    }
}

/// The answer, or `None` where the thing is absent.
fn there<T, E: Call, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<Option<T>, Failure> {
    match answer {
        Err(error) if errors::is_absent(&error) => Ok(None),
        answer => answered(answer, doing).map(Some),
    }
}

/// A bug: a request that lacks what it must have.
fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::bug("writing what tells of unusual costs", error.to_string())
}

#[cfg(test)]
#[test]
fn every_property_of_a_monitor_of_unusual_costs_is_decided_about() {
    use aws_sdk_costexplorer::operation::list_tags_for_resource::ListTagsForResourceOutput;

    use crate::watched::check;

    let monitor = SdkMonitor::builder().monitor_name("m");
    let monitor = monitor.monitor_type(MonitorType::Dimensional);
    check("costexplorer AnomalyMonitor", &monitor.build().unwrap());
    let tags = ListTagsForResourceOutput::builder().build();
    check("costexplorer ListTagsForResourceOutput", &tags);
}
