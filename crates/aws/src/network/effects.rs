//! The effects in a Region: what is made, tagged and taken away.

use std::collections::BTreeSet;

use aws_sdk_ec2::{
    Client,
    config::Builder,
    error::SdkError,
    operation::{
        create_nat_gateway::{CreateNatGatewayError, CreateNatGatewayOutput},
        delete_flow_logs::DeleteFlowLogsError,
        delete_vpc_endpoints::DeleteVpcEndpointsError,
    },
    types::{
        DomainType, FlowLogsResourceType, NatGatewayState, ResourceType, TagSpecification,
        TrafficType, UnsuccessfulItem, VpcEndpointType,
    },
};
use baseline::{
    Desired,
    network::{Effect, Kind, NewPart, PartChange, Tags, part_tags},
};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use tenancy::{Failure, Region, names};

use super::{Done, NetworkPort, done, gone, made, parse};
use crate::{
    calls::present,
    errors::{self, Call},
    pass, session,
};

/// One effect on its way.
pub(super) struct Work<'a> {
    pub desired: &'a Desired,
    pub region: &'a Region,
    pub change: &'a PartChange,
    pub ec2: Client,
    /// The same for every attempt at this change in this pass.
    token: String,
}

impl NetworkPort {
    /// Carries out a change of a part.
    pub(super) async fn change_part(
        &self,
        desired: &Desired,
        change: &PartChange,
    ) -> Result<Done, Failure> {
        let work = Work {
            desired,
            region: &change.region,
            change,
            ec2: self.pass.clients.ec2(desired, &change.region).await?,
            token: token(
                &format!("{} {}", desired.tenant, desired.generation),
                change,
                &part_tags(desired, &change.part),
                self.pass.lease.epoch,
            ),
        };
        match &change.effect {
            Effect::Create(new) => work.create(new).await,
            Effect::Connect(connection) => work.connect(connection).await,
            Effect::Rules(rules) => work.change_rules(rules).await,
            Effect::Acl(change) => work.change_acl(change).await,
            Effect::Tag { id, tags, .. } => work.tag(id, tags).await,
            Effect::Untag { id, keys } => work.untag(id, keys).await,
            Effect::Delete { kind, id } => work.delete(*kind, id).await,
        }
    }
}

/// A name for this very request: the same however often it is sent in a pass, another where anything differs.
///
/// Not the same in the next pass: AWS gives back the first answer for as long as it knows a token, and nobody says how long
/// that is, so that what somebody deleted could not be made again. The next pass observes first; what it does not see yet and makes
/// again is taken away as a second one.
fn token(tenant: &str, change: &PartChange, tags: &Tags, epoch: u64) -> String {
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

    async fn create(&self, new: &NewPart) -> Result<Done, Failure> {
        let (ec2, doing) = (&self.ec2, self.doing("creating"));
        let doing = doing.as_str();
        match new {
            NewPart::Vpc { cidr } => {
                let call = ec2.create_vpc().cidr_block(cidr.to_string());
                let call = call.tag_specifications(self.tags(ResourceType::Vpc));
                let answer = call.customize().config_override(once()).send().await;
                made(doing, done(doing, answer)?.vpc.and_then(|it| it.vpc_id))
            }
            NewPart::Gateway => {
                let tags = self.tags(ResourceType::InternetGateway);
                let call = ec2.create_internet_gateway().tag_specifications(tags);
                let answer = call.customize().config_override(once()).send().await;
                let gateway = done(doing, answer)?.internet_gateway;
                made(doing, gateway.and_then(|it| it.internet_gateway_id))
            }
            NewPart::Address => {
                let call = ec2.allocate_address().domain(DomainType::Vpc);
                let call = call.tag_specifications(self.tags(ResourceType::ElasticIp));
                let answer = call.customize().config_override(once()).send().await;
                made(doing, done(doing, answer)?.allocation_id)
            }
            NewPart::Subnet { vpc, cidr, zone } => {
                let call = ec2.create_subnet().vpc_id(vpc).cidr_block(cidr.to_string());
                let call = call.availability_zone(zone);
                let call = call.tag_specifications(self.tags(ResourceType::Subnet));
                let subnet = done(doing, call.send().await)?.subnet;
                made(doing, subnet.and_then(|it| it.subnet_id))
            }
            NewPart::Table { vpc } => {
                let call = ec2
                    .create_route_table()
                    .vpc_id(vpc)
                    .client_token(&self.token);
                let call = call.tag_specifications(self.tags(ResourceType::RouteTable));
                let table = done(doing, call.send().await)?.route_table;
                made(doing, table.and_then(|it| it.route_table_id))
            }
            NewPart::Nat {
                subnet,
                others,
                allocation,
                ..
            } => self.create_nat(subnet, others, allocation).await,
            NewPart::Endpoint {
                vpc,
                service,
                tables,
            } => self.create_endpoint(vpc, service, tables).await,
            NewPart::Group {
                vpc,
                name,
                description,
            } => {
                let call = ec2.create_security_group().vpc_id(vpc).group_name(name);
                let call = call.description(description);
                let call = call.tag_specifications(self.tags(ResourceType::SecurityGroup));
                made(doing, done(doing, call.send().await)?.group_id)
            }
            NewPart::FlowLog { vpc } => self.create_flow_log(vpc).await,
        }
    }

    /// In the zone of another subnet where its own has no NAT gateways. A client token is for one subnet.
    async fn create_nat(
        &self,
        subnet: &str,
        others: &[String],
        allocation: &str,
    ) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let mut answer = self.nat_in(subnet, allocation, self.token.clone()).await;
        for other in others {
            if !answer.as_ref().is_err_and(errors::is_zone_without) {
                break;
            }
            let token = token_for(&self.token, other);
            answer = self.nat_in(other, allocation, token).await;
        }
        let nat = done(&doing, answer)?.nat_gateway;
        let state = nat.as_ref().and_then(|it| it.state.clone());
        let done = made(&doing, nat.and_then(|it| it.nat_gateway_id))?;
        let pending = state != Some(NatGatewayState::Available);
        Ok(Done { pending, ..done })
    }

    async fn nat_in(
        &self,
        subnet: &str,
        allocation: &str,
        token: String,
    ) -> Result<CreateNatGatewayOutput, SdkError<CreateNatGatewayError>> {
        let call = self.ec2.create_nat_gateway().subnet_id(subnet);
        let call = call.allocation_id(allocation).client_token(token);
        let call = call.tag_specifications(self.tags(ResourceType::Natgateway));
        call.send().await
    }

    async fn create_endpoint(
        &self,
        vpc: &str,
        service: &str,
        tables: &BTreeSet<String>,
    ) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let call = self.ec2.create_vpc_endpoint().vpc_id(vpc);
        let call = call
            .service_name(service)
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .set_route_table_ids(Some(tables.iter().cloned().collect()))
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::VpcEndpoint));
        let endpoint = done(&doing, call.send().await)?.vpc_endpoint;
        made(&doing, endpoint.and_then(|it| it.vpc_endpoint_id))
    }

    async fn create_flow_log(&self, vpc: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let account = pass::account(self.desired)?;
        let role = names::management_role_arn(account, names::FLOW_LOGS_ROLE);
        let call = self.ec2.create_flow_logs().resource_ids(vpc);
        let call = call
            .resource_type(FlowLogsResourceType::Vpc)
            .traffic_type(TrafficType::All)
            .log_group_name(names::flow_log_group())
            .deliver_logs_permission_arn(role)
            .client_token(&self.token)
            .tag_specifications(self.tags(ResourceType::VpcFlowLog));
        let answer = done(&doing, call.send().await)?;
        // This call reports its failures in a successful answer.
        if let Some(error) = answer.unsuccessful().first().and_then(|item| item.error()) {
            let (code, message) = (error.code(), error.message());
            let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
            return Err(errors::refused(&doing, code, message));
        }
        made(&doing, answer.flow_log_ids().first())
    }

    async fn tag(&self, id: &str, tags: &Tags) -> Result<Done, Failure> {
        let call = self.ec2.create_tags().resources(id);
        let answer = call.set_tags(Some(parse::sdk_tags(tags))).send().await;
        done(&self.doing("tagging"), answer).map(|_| Done::silently())
    }

    async fn untag(&self, id: &str, keys: &[String]) -> Result<Done, Failure> {
        let call = self.ec2.delete_tags().resources(id);
        let answer = call.set_tags(Some(parse::tag_keys(keys))).send().await;
        gone(&self.doing("untagging"), answer)
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
            Kind::Endpoint => {
                let sent = ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await;
                let answer = present(sent, || doing.to_owned())?;
                let items = answer.and_then(|answer| answer.unsuccessful);
                all_gone::<DeleteVpcEndpointsError>(doing, items)
            }
            Kind::FlowLog => {
                let sent = ec2.delete_flow_logs().flow_log_ids(id).send().await;
                let answer = present(sent, || doing.to_owned())?;
                let items = answer.and_then(|answer| answer.unsuccessful);
                all_gone::<DeleteFlowLogsError>(doing, items)
            }
        }
    }
}

/// Another token, of the same request for another subnet.
fn token_for(token: &str, subnet: &str) -> String {
    BASE32_NOPAD.encode(&Sha256::digest(format!("{token} {subnet}")))
}

/// Calls that remove several report what they did not remove in a successful answer.
fn all_gone<E: Call>(doing: &str, items: Option<Vec<UnsuccessfulItem>>) -> Result<Done, Failure> {
    let errors = items.iter().flatten().filter_map(UnsuccessfulItem::error);
    for error in errors {
        let (code, message) = (error.code(), error.message());
        let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
        errors::removal_refused::<E>(doing, code, message)?;
    }
    Ok(Done::silently())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_token_is_of_one_request_in_one_pass_and_fits() {
        let change = |vpc: &str| PartChange {
            region: "eu-central-1".parse().unwrap(),
            part: "rt-public".into(),
            found: "absent".into(),
            effect: Effect::Create(NewPart::Table { vpc: vpc.into() }),
        };
        let token = |vpc, epoch| token("t 1", &change(vpc), &Tags::new(), epoch);
        let first = token("vpc-1", 1);
        assert_eq!(first, token("vpc-1", 1));
        assert_ne!(first, token("vpc-1", 2));
        assert_ne!(first, token("vpc-2", 1));
        assert!(first.len() <= 64);
    }
}
