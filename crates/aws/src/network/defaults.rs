//! Removing a default VPC: only if nothing is in it.
//!
//! Reading whether something is in it belongs to the effect and not to observing: it is needed once in a tenant's life, and an
//! audit that made it in every Region would double its calls. AWS itself refuses to delete a subnet with an interface in it.

use std::collections::BTreeMap;

use baseline::network::Gateway;
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, names};

use super::{Done, effects::Work, elsewhere::is_closed, gone, observe::filter, parse};
use crate::errors;

/// What makes up a default VPC.
struct Contents {
    interfaces: Vec<String>,
    subnets: Vec<String>,
    gateways: Vec<String>,
}

impl Work<'_> {
    /// Removes the default VPC `known`, or the one that is found.
    pub(super) async fn remove_default(&self, known: Option<String>) -> Result<Done, Failure> {
        let vpc = match known {
            Some(vpc) => Some(vpc),
            None => self.find_default().await?,
        };
        let Some(vpc) = vpc else {
            return Ok(Done::silently());
        };
        let contents = self.contents(&vpc).await?;
        if !contents.interfaces.is_empty() {
            return Err(self.in_use(&vpc, &contents.interfaces));
        }
        let gateways = contents
            .gateways
            .iter()
            .map(|id| self.drop_gateway(id, &vpc));
        let subnets = contents.subnets.iter().map(|id| self.drop_subnet(id));
        tokio::try_join!(try_join_all(gateways), try_join_all(subnets))?;
        let answer = self.ec2.delete_vpc().vpc_id(&vpc).send().await;
        gone(&self.removing(&vpc), answer)
    }

    fn removing(&self, vpc: &str) -> String {
        format!("removing default VPC `{vpc}` in `{}`", self.region)
    }

    fn in_use(&self, vpc: &str, interfaces: &[String]) -> Failure {
        Failure::park(
            FailureKind::Conflict,
            self.removing(vpc),
            format!("network interfaces are in it: {}", interfaces.join(", ")),
            "default-vpc-in-use",
            "Move what runs in the default VPC into the tenant's own, or delete it; then retry the tenant.",
        )
    }

    async fn find_default(&self) -> Result<Option<String>, Failure> {
        let call = self.ec2.describe_vpcs();
        let answer = call.filters(filter("is-default", ["true"])).send().await;
        match answer {
            Ok(answer) => {
                let default = answer
                    .vpcs()
                    .iter()
                    .find(|vpc| vpc.is_default == Some(true));
                Ok(default.and_then(|vpc| vpc.vpc_id.clone()))
            }
            Err(error) if is_closed(&error) => Ok(None),
            Err(error) => {
                let doing = format!("looking for the default VPC in `{}`", self.region);
                Err(errors::failure(doing, &error))
            }
        }
    }

    async fn contents(&self, vpc: &str) -> Result<Contents, Failure> {
        let in_vpc = || filter("vpc-id", [vpc]);
        let failed = || format!("looking into default VPC `{vpc}` in `{}`", self.region);
        let interfaces = self.ec2.describe_network_interfaces().filters(in_vpc());
        let subnets = self.ec2.describe_subnets().filters(in_vpc());
        // All of them, five at most: one that an earlier pass detached is attached to nothing.
        let gateways = self.ec2.describe_internet_gateways();
        let (interfaces, subnets, gateways) = tokio::try_join!(
            async {
                interfaces
                    .send()
                    .await
                    .map_err(|e| errors::failure(failed(), &e))
            },
            async {
                subnets
                    .send()
                    .await
                    .map_err(|e| errors::failure(failed(), &e))
            },
            async {
                gateways
                    .send()
                    .await
                    .map_err(|e| errors::failure(failed(), &e))
            },
        )?;
        let interfaces = interfaces
            .network_interfaces()
            .iter()
            .filter_map(parse::interface);
        let subnets = subnets.subnets().iter().filter_map(parse::subnet);
        let gateways = gateways
            .internet_gateways()
            .iter()
            .filter_map(parse::gateway);
        // Deleting is by id: whatever a filter let through, only what says that it is in this VPC is touched.
        Ok(Contents {
            interfaces: interfaces.filter(|i| i.vpc == vpc).map(|i| i.id).collect(),
            subnets: subnets.filter(|s| s.vpc == vpc).map(|s| s.id).collect(),
            gateways: gateways
                .filter(|g| g.vpc.as_deref() == Some(vpc) || self.is_marked(g))
                .map(|g| g.id)
                .collect(),
        })
    }

    /// Whether an earlier pass detached it from the default VPC and got no further.
    fn is_marked(&self, gateway: &Gateway) -> bool {
        gateway.vpc.is_none() && gateway.tags.get(names::TAG_PART) == Some(&self.change.part)
    }

    /// Not the tenant's tags, which say that we made a thing: whoever leaves now leaves this one where AWS put it.
    fn mark(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(names::TAG_PART.to_owned(), self.change.part.clone())])
    }

    /// Marked first: once detached, nothing else would say that it was the default VPC's, and it would stay for ever.
    async fn drop_gateway(&self, gateway: &str, vpc: &str) -> Result<(), Failure> {
        self.tag(gateway, &self.mark()).await?;
        let detach = self.ec2.detach_internet_gateway().vpc_id(vpc);
        let answer = detach.internet_gateway_id(gateway).send().await;
        gone(&self.removing(vpc), answer)?;
        let delete = self.ec2.delete_internet_gateway();
        let answer = delete.internet_gateway_id(gateway).send().await;
        gone(&self.removing(vpc), answer).map(|_| ())
    }

    async fn drop_subnet(&self, subnet: &str) -> Result<(), Failure> {
        let answer = self.ec2.delete_subnet().subnet_id(subnet).send().await;
        gone(&self.removing(subnet), answer).map(|_| ())
    }
}
