//! The effects that connect: attributes, attachments, associations, routes, an endpoint's tables.

use aws_sdk_ec2::types::AttributeBooleanValue;
use baseline::network::{Connection, DnsAttribute, SubnetAttribute, Target};
use tenancy::Failure;

use super::{Done, deleted, done, effects::Work, made};

const EVERYWHERE: &str = "0.0.0.0/0";

impl Work<'_> {
    pub(super) async fn connect(&self, connection: &Connection) -> Result<Done, Failure> {
        let (ec2, doing) = (&self.ec2, self.doing("connecting"));
        match connection {
            Connection::EnableDns { vpc, attribute } => self.enable_dns(vpc, *attribute).await,
            Connection::AttachGateway { gateway, vpc } => {
                let call = ec2.attach_internet_gateway().internet_gateway_id(gateway);
                done(&doing, call.vpc_id(vpc).send().await).map(|_| Done::silently())
            }
            Connection::DetachGateway { gateway, vpc } => {
                let call = ec2.detach_internet_gateway().internet_gateway_id(gateway);
                deleted(&self.doing("detaching"), call.vpc_id(vpc).send().await)
            }
            Connection::Associate {
                table,
                subnet,
                replaces,
            } => self.associate(table, subnet, replaces.as_deref()).await,
            Connection::SetDefaultRoute {
                table,
                target,
                replace,
            } => match replace {
                true => self.replace_route(table, target).await,
                false => self.create_route(table, target).await,
            },
            Connection::DeleteDefaultRoute { table } => {
                let call = ec2.delete_route().route_table_id(table);
                let answer = call.destination_cidr_block(EVERYWHERE).send().await;
                deleted(&self.doing("deleting the default route of"), answer)
            }
            Connection::SwitchOff { subnet, attribute } => {
                self.switch_off(subnet, *attribute).await
            }
            Connection::DeleteRoute { table, destination } => {
                self.delete_route(table, destination).await
            }
            Connection::ResetPolicy { endpoint } => {
                let call = ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                let answer = call.reset_policy(true).send().await;
                let doing = self.doing("resetting the policy of");
                done(&doing, answer).map(|_| Done::silently())
            }
            Connection::JoinTables { endpoint, tables } => {
                let tables = tables.iter().cloned().collect();
                let call = ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                let answer = call.set_add_route_table_ids(Some(tables)).send().await;
                done(&doing, answer).map(|_| Done::silently())
            }
        }
    }

    async fn enable_dns(&self, vpc: &str, attribute: DnsAttribute) -> Result<Done, Failure> {
        let on = AttributeBooleanValue::builder().value(true).build();
        let call = self.ec2.modify_vpc_attribute().vpc_id(vpc);
        let call = match attribute {
            DnsAttribute::Support => call.enable_dns_support(on),
            DnsAttribute::Hostnames => call.enable_dns_hostnames(on),
        };
        done(&self.doing("switching DNS on for"), call.send().await).map(|_| Done::silently())
    }

    /// One attribute a call, as EC2 asks for it.
    async fn switch_off(&self, subnet: &str, attribute: SubnetAttribute) -> Result<Done, Failure> {
        let off = AttributeBooleanValue::builder().value(false).build();
        let call = self.ec2.modify_subnet_attribute().subnet_id(subnet);
        let call = match attribute {
            SubnetAttribute::PublicAddresses => call.map_public_ip_on_launch(off),
            SubnetAttribute::Ipv6Addresses => call.assign_ipv6_address_on_creation(off),
        };
        let doing = self.doing("switching addresses off for");
        done(&doing, call.send().await).map(|_| Done::silently())
    }

    async fn delete_route(&self, table: &str, destination: &str) -> Result<Done, Failure> {
        let call = self.ec2.delete_route().route_table_id(table);
        let call = match destination {
            list if list.starts_with("pl-") => call.destination_prefix_list_id(list),
            v6 if v6.contains(':') => call.destination_ipv6_cidr_block(v6),
            v4 => call.destination_cidr_block(v4),
        };
        deleted(&self.doing("deleting a route of"), call.send().await)
    }

    async fn associate(
        &self,
        table: &str,
        subnet: &str,
        replaces: Option<&str>,
    ) -> Result<Done, Failure> {
        let doing = self.doing("associating");
        let Some(association) = replaces else {
            let call = self.ec2.associate_route_table().route_table_id(table);
            let answer = done(&doing, call.subnet_id(subnet).send().await)?;
            return made(&doing, answer.association_id);
        };
        let call = self.ec2.replace_route_table_association();
        let call = call.association_id(association).route_table_id(table);
        made(&doing, done(&doing, call.send().await)?.new_association_id)
    }

    async fn create_route(&self, table: &str, target: &Target) -> Result<Done, Failure> {
        let call = self.ec2.create_route().route_table_id(table);
        let call = call.destination_cidr_block(EVERYWHERE);
        let call = match target {
            Target::Gateway(id) => call.gateway_id(id),
            Target::Nat(id) => call.nat_gateway_id(id),
        };
        let doing = self.doing("creating the default route of");
        done(&doing, call.send().await).map(|_| Done::silently())
    }

    async fn replace_route(&self, table: &str, target: &Target) -> Result<Done, Failure> {
        let call = self.ec2.replace_route().route_table_id(table);
        let call = call.destination_cidr_block(EVERYWHERE);
        let call = match target {
            Target::Gateway(id) => call.gateway_id(id),
            Target::Nat(id) => call.nat_gateway_id(id),
        };
        let doing = self.doing("replacing the default route of");
        done(&doing, call.send().await).map(|_| Done::silently())
    }
}
