//! Making the parts of a network.

use std::collections::BTreeSet;

use aws_sdk_ec2::{
    config::Builder,
    error::SdkError,
    operation::{
        create_flow_logs::CreateFlowLogsError,
        create_nat_gateway::{CreateNatGatewayError, CreateNatGatewayOutput},
    },
    types::{
        DomainType, FlowLogsResourceType, NatGatewayState, ResourceType, TagSpecification,
        TrafficType, VpcEndpointType,
    },
};
use baseline::network::{NewPart, part_tags};
use data_encoding::BASE32_NOPAD;
use ipnet::Ipv4Net;
use sha2::{Digest, Sha256};
use tenancy::{Failure, names};

use super::{Done, done, effects::Work, made, not_seen, parse};
use crate::{errors, pass, session};

/// No retries for what AWS could make twice.
fn once() -> Builder {
    Builder::default().retry_config(session::never_retry())
}

impl Work<'_> {
    fn tags(&self, kind: ResourceType) -> TagSpecification {
        parse::tagged(kind, &part_tags(self.desired, &self.change.part))
    }

    pub(super) async fn create(&self, new: &NewPart) -> Result<Done, Failure> {
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
            NewPart::Subnet { vpc, cidr, zone } => self.create_subnet(vpc, *cidr, zone).await,
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

    async fn create_subnet(&self, vpc: &str, cidr: Ipv4Net, zone: &str) -> Result<Done, Failure> {
        let doing = self.doing("creating");
        let call = self.ec2.create_subnet().vpc_id(vpc);
        let call = call.cidr_block(cidr.to_string()).availability_zone(zone);
        let call = call.tag_specifications(self.tags(ResourceType::Subnet));
        let subnet = done(&doing, call.send().await)?.subnet;
        made(&doing, subnet.and_then(|it| it.subnet_id))
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
            return Err(
                match errors::says_already_there::<CreateFlowLogsError>(code) {
                    true => not_seen(&doing),
                    false => errors::refused(&doing, code, message),
                },
            );
        }
        made(&doing, answer.flow_log_ids().first())
    }
}

/// Another token, of the same request for another subnet.
fn token_for(token: &str, subnet: &str) -> String {
    BASE32_NOPAD.encode(&Sha256::digest(format!("{token} {subnet}")))
}
