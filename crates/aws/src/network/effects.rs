//! The effects in a Region: what is made, tagged and taken away.

use std::collections::BTreeSet;

use aws_sdk_ec2::{
    Client,
    config::Builder,
    types::{
        DomainType, FlowLogsResourceType, NatGatewayState, ResourceType, TagSpecification,
        TrafficType, VpcEndpointType,
    },
};
use baseline::{
    Desired,
    network::{Effect, Kind, NetworkChange, Tags, part_tags},
};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use tenancy::{ComponentName, Failure, Region, names};

use super::{Done, NetworkPort, done, gone, made, parse};
use crate::{errors, pass, session};

/// One effect on its way.
pub(super) struct Work<'a> {
    pub desired: &'a Desired,
    pub region: &'a Region,
    pub change: &'a NetworkChange,
    pub ec2: Client,
    /// The same for every attempt at this change in this pass.
    token: String,
}

impl NetworkPort {
    /// Carries out a change in a Region.
    pub(super) async fn change_region(
        &self,
        desired: &Desired,
        region: &Region,
        change: &NetworkChange,
    ) -> Result<Done, Failure> {
        let work = Work {
            desired,
            region,
            change,
            ec2: self.pass.clients.ec2(desired, region).await?,
            token: token(
                &format!("{} {}", desired.tenant, desired.generation),
                change,
                &part_tags(desired, &change.part),
                self.pass.lease.epoch,
            ),
        };
        match &change.effect {
            Effect::CreateLogGroup => self.create_log_group(&work).await,
            Effect::SetRetention { days } => self.set_retention(&work, *days).await,
            Effect::CreateFlowLog { vpc } => {
                let account = pass::account(desired)?;
                let role = names::management_role_arn(account, names::FLOW_LOGS_ROLE);
                work.create_flow_log(vpc, role).await
            }
            Effect::Tag {
                kind: Kind::LogGroup,
                tags,
                ..
            } => self.tag_log_group(&work, tags).await,
            Effect::Delete {
                kind: Kind::LogGroup,
                id,
            } => self.delete_log_group(&work, id).await,
            Effect::Tag { id, tags, .. } => work.tag(id, tags).await,
            Effect::Delete { kind, id } => work.delete(*kind, id).await,
            Effect::RemoveDefaultVpc { vpc } => work.remove_default(vpc.clone()).await,
            _ => work.make().await,
        }
    }

    async fn create_log_group(&self, work: &Work<'_>) -> Result<Done, Failure> {
        let name = names::flow_log_group();
        let logs = self.pass.clients.logs(work.desired, work.region).await?;
        let tags = work.desired.tags(ComponentName::NETWORK);
        let answer = logs
            .create_log_group()
            .log_group_name(name)
            .set_tags(Some(tags.into_iter().collect()))
            .send()
            .await;
        done(&work.doing("creating"), answer).map(|_| Done::made(name.into()))
    }

    async fn set_retention(&self, work: &Work<'_>, days: i32) -> Result<Done, Failure> {
        let logs = self.pass.clients.logs(work.desired, work.region).await?;
        let answer = logs
            .put_retention_policy()
            .log_group_name(names::flow_log_group())
            .retention_in_days(days)
            .send()
            .await;
        done(&work.doing("setting the retention of"), answer).map(|_| Done::silently())
    }

    async fn tag_log_group(&self, work: &Work<'_>, tags: &Tags) -> Result<Done, Failure> {
        let logs = self.pass.clients.logs(work.desired, work.region).await?;
        let answer = logs
            .tag_resource()
            .resource_arn(self.log_group_arn(work.desired, work.region))
            .set_tags(Some(tags.clone().into_iter().collect()))
            .send()
            .await;
        done(&work.doing("tagging"), answer).map(|_| Done::silently())
    }

    async fn delete_log_group(&self, work: &Work<'_>, name: &str) -> Result<Done, Failure> {
        let logs = self.pass.clients.logs(work.desired, work.region).await?;
        let answer = logs.delete_log_group().log_group_name(name).send().await;
        gone(&work.doing("deleting"), answer)
    }
}

/// A name for this very request: the same however often it is sent in a pass, another where anything differs.
///
/// Not the same in the next pass: AWS gives back the first answer for as long as it knows a token, and nobody says how long
/// that is, so that what somebody deleted could not be made again. The next pass observes first; what it does not see yet and makes
/// again is taken away as a second one.
fn token(tenant: &str, change: &NetworkChange, tags: &Tags, epoch: u64) -> String {
    let request = format!("{tenant} {change:?} {tags:?} {epoch}");
    BASE32_NOPAD.encode(&Sha256::digest(request.as_bytes()))
}

/// No retries for what AWS could make twice.
fn once() -> Builder {
    Builder::default().retry_config(session::never_retry())
}

impl Work<'_> {
    pub(super) fn doing(&self, verb: &str) -> String {
        format!("{verb} `{}` in `{}`", self.change.part, self.region)
    }

    fn tags(&self, kind: ResourceType) -> TagSpecification {
        parse::tagged(kind, &part_tags(self.desired, &self.change.part))
    }

    async fn make(&self) -> Result<Done, Failure> {
        match &self.change.effect {
            Effect::CreateVpc { cidr } => self.create_vpc(&cidr.to_string()).await,
            Effect::CreateGateway => self.create_gateway().await,
            Effect::AllocateAddress => self.allocate_address().await,
            Effect::CreateSubnet { vpc, cidr, zone } => {
                self.create_subnet(vpc, &cidr.to_string(), zone).await
            }
            Effect::CreateTable { vpc } => self.create_table(vpc).await,
            Effect::CreateNat {
                subnet, allocation, ..
            } => self.create_nat(subnet, allocation).await,
            Effect::CreateEndpoint {
                vpc,
                service,
                tables,
            } => self.create_endpoint(vpc, service, tables).await,
            Effect::CreateGroup {
                vpc,
                name,
                description,
            } => self.create_group(vpc, name, description).await,
            Effect::Allow {
                group,
                direction,
                rules,
            } => self.allow(group, *direction, rules).await,
            Effect::Revoke {
                group,
                direction,
                rules,
            } => self.revoke(group, *direction, rules).await,
            Effect::CloseDefaultGroup { vpc } => self.close_default_group(vpc).await,
            _ => self.connect().await,
        }
    }

    async fn create_vpc(&self, cidr: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let call = self
            .ec2
            .create_vpc()
            .cidr_block(cidr)
            .tag_specifications(self.tags(ResourceType::Vpc));
        let answer = call.customize().config_override(once()).send().await;
        let answer = done(&doing, answer)?;
        made(&doing, answer.vpc.and_then(|vpc| vpc.vpc_id))
    }

    async fn create_gateway(&self) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let call = self
            .ec2
            .create_internet_gateway()
            .tag_specifications(self.tags(ResourceType::InternetGateway));
        let answer = call.customize().config_override(once()).send().await;
        let gateway = done(&doing, answer)?.internet_gateway;
        made(&doing, gateway.and_then(|it| it.internet_gateway_id))
    }

    async fn allocate_address(&self) -> Result<Done, Failure> {
        let doing = self.doing("allocating");
        let call = self
            .ec2
            .allocate_address()
            .domain(DomainType::Vpc)
            .tag_specifications(self.tags(ResourceType::ElasticIp));
        let answer = call.customize().config_override(once()).send().await;
        made(&doing, done(&doing, answer)?.allocation_id)
    }

    async fn create_subnet(&self, vpc: &str, cidr: &str, zone: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_subnet()
            .vpc_id(vpc)
            .cidr_block(cidr)
            .availability_zone(zone)
            .tag_specifications(self.tags(ResourceType::Subnet))
            .send()
            .await;
        let subnet = done(&doing, answer)?.subnet;
        made(&doing, subnet.and_then(|it| it.subnet_id))
    }

    async fn create_table(&self, vpc: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_route_table()
            .vpc_id(vpc)
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::RouteTable))
            .send()
            .await;
        let table = done(&doing, answer)?.route_table;
        made(&doing, table.and_then(|it| it.route_table_id))
    }

    async fn create_nat(&self, subnet: &str, allocation: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_nat_gateway()
            .subnet_id(subnet)
            .allocation_id(allocation)
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::Natgateway))
            .send()
            .await;
        let nat = done(&doing, answer)?.nat_gateway;
        let pending =
            nat.as_ref().and_then(|it| it.state.clone()) != Some(NatGatewayState::Available);
        let done = made(&doing, nat.and_then(|it| it.nat_gateway_id))?;
        Ok(Done { pending, ..done })
    }

    async fn create_endpoint(
        &self,
        vpc: &str,
        service: &str,
        tables: &BTreeSet<String>,
    ) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_vpc_endpoint()
            .vpc_id(vpc)
            .service_name(service)
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .set_route_table_ids(Some(tables.iter().cloned().collect()))
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::VpcEndpoint))
            .send()
            .await;
        let endpoint = done(&doing, answer)?.vpc_endpoint;
        made(&doing, endpoint.and_then(|it| it.vpc_endpoint_id))
    }

    async fn create_group(
        &self,
        vpc: &str,
        name: &str,
        description: &str,
    ) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_security_group()
            .vpc_id(vpc)
            .group_name(name)
            .description(description)
            .tag_specifications(self.tags(ResourceType::SecurityGroup))
            .send()
            .await;
        made(&doing, done(&doing, answer)?.group_id)
    }

    async fn create_flow_log(&self, vpc: &str, role: String) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let answer = self
            .ec2
            .create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(vpc)
            .traffic_type(TrafficType::All)
            .log_group_name(names::flow_log_group())
            .deliver_logs_permission_arn(role)
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::VpcFlowLog))
            .send()
            .await;
        let answer = done(&doing, answer)?;
        // This call reports its failures in a successful answer.
        if let Some(error) = answer.unsuccessful().first().and_then(|item| item.error()) {
            return Err(errors::refused(
                &doing,
                error.code().unwrap_or_default(),
                error.message().unwrap_or_default(),
            ));
        }
        made(&doing, answer.flow_log_ids().first())
    }

    pub(super) async fn tag(&self, id: &str, tags: &Tags) -> Result<Done, Failure> {
        let answer = self
            .ec2
            .create_tags()
            .resources(id)
            .set_tags(Some(parse::sdk_tags(tags)))
            .send()
            .await;
        done(&self.doing("tagging"), answer).map(|_| Done::silently())
    }

    async fn delete(&self, kind: Kind, id: &str) -> Result<Done, Failure> {
        let doing = format!("deleting {kind} `{id}` in `{}`", self.region);
        let (ec2, doing) = (&self.ec2, doing.as_str());
        match kind {
            Kind::Vpc => gone(doing, ec2.delete_vpc().vpc_id(id).send().await),
            Kind::Subnet => gone(doing, ec2.delete_subnet().subnet_id(id).send().await),
            Kind::Gateway => {
                let call = ec2.delete_internet_gateway().internet_gateway_id(id);
                gone(doing, call.send().await)
            }
            Kind::Table => gone(
                doing,
                ec2.delete_route_table().route_table_id(id).send().await,
            ),
            Kind::Group => gone(doing, ec2.delete_security_group().group_id(id).send().await),
            Kind::Nat => {
                let call = ec2.delete_nat_gateway().nat_gateway_id(id);
                let done = gone(doing, call.send().await)?;
                Ok(Done {
                    pending: true,
                    ..done
                })
            }
            Kind::Address => gone(doing, ec2.release_address().allocation_id(id).send().await),
            Kind::Endpoint => gone(
                doing,
                ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await,
            ),
            Kind::FlowLog => gone(doing, ec2.delete_flow_logs().flow_log_ids(id).send().await),
            Kind::LogGroup | Kind::Role => Err(Failure::bug(doing, "EC2 knows no such thing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_token_is_of_one_request_in_one_pass_and_fits() {
        let change = |vpc: &str| NetworkChange {
            region: "eu-central-1".parse().ok(),
            part: "rt-public".into(),
            found: "absent".into(),
            effect: Effect::CreateTable { vpc: vpc.into() },
        };
        let token = |vpc, epoch| token("t 1", &change(vpc), &Tags::new(), epoch);
        let first = token("vpc-1", 1);
        assert_eq!(first, token("vpc-1", 1));
        assert_ne!(first, token("vpc-1", 2));
        assert_ne!(first, token("vpc-2", 1));
        assert!(first.len() <= 64);
    }
}
