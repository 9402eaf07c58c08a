//! Where something of others stands in the place of a part of ours: it is named and left alone, and the part is not made.
//!
//! Everything we make carries our tags from its first moment, so what stands in our place without them, and was never recorded as
//! ours, is not the lost result of a request of ours.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use tenancy::{Failure, names};

use super::{NetworkPlan, Site};
use crate::network::observation::{Endpoint, FlowLog, Group, Subnet};

impl<'a> Site<'a> {
    /// The subnet in our VPC that has some of these addresses.
    pub(super) fn subnet_in_place(&self, cidr: Ipv4Net) -> Option<&'a Subnet> {
        let here = self.ours.vpc?;
        let overlaps = |subnet: &&Subnet| {
            subnet.vpc == here.id && (subnet.cidr.contains(&cidr) || cidr.contains(&subnet.cidr))
        };
        self.inventory.subnets.iter().find(overlaps)
    }

    /// The group in our VPC that has this name, in upper or lower case: EC2 makes no second one beside it.
    pub(super) fn group_in_place(&self, name: &str) -> Option<&'a Group> {
        let here = self.ours.vpc?;
        let mut groups = self.inventory.groups.iter();
        groups.find(|group| group.vpc == here.id && group.name.eq_ignore_ascii_case(name))
    }

    /// The gateway endpoint of others that has a route to this service in one of these tables of ours.
    pub(super) fn endpoint_in_place(
        &self,
        service: &str,
        tables: &BTreeSet<String>,
    ) -> Option<&'a Endpoint> {
        let is_foreign = |endpoint: &&Endpoint| {
            let ours = self.ours.endpoints.iter().flatten();
            let mut extras = self.ours.extras.iter();
            endpoint.gateway
                && endpoint.service == service
                && !endpoint.tables.is_disjoint(tables)
                && !ours.into_iter().any(|ours| ours.id == endpoint.id)
                && !extras.any(|(.., id)| *id == endpoint.id)
        };
        self.inventory.endpoints.iter().find(is_foreign)
    }

    /// The flow log of others that records what ours is to record, to our log group.
    pub(super) fn flow_log_in_place(&self) -> Option<&'a FlowLog> {
        let here = self.ours.vpc?;
        let same = |log: &&FlowLog| {
            log.resource == here.id
                && log.all_traffic
                && log.group.as_deref() == Some(names::flow_log_group())
        };
        self.inventory.flow_logs.iter().find(same)
    }

    /// Names what stands in the place of `part`, for a person.
    pub(super) fn taken(&self, plan: &mut NetworkPlan, part: &str, by: String) {
        plan.obstacles.push(Failure::name_taken(
            self.doing(),
            format!("{by} is where `{part}` must be, and does not carry the tenant's tag, so it is not ours"),
            "Have the tenant remove or move what is in the place of ours, then retry the tenant.",
        ));
    }
}
