//! The effects in a Region: what is made, tagged and deleted.

use aws_sdk_ec2::{
    Client,
    operation::{
        delete_flow_logs::DeleteFlowLogsError, delete_vpc_endpoints::DeleteVpcEndpointsError,
    },
    types::{Tag, UnsuccessfulItem},
};
use baseline::{
    Desired,
    network::{Effect, Kind, PartChange, Tags, part_tags},
};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use tenancy::{Failure, Region};

use super::{Done, NetworkPort, deleted, done};
use crate::{
    calls::{any_tags, ec2_tag_keys, present},
    errors::{self, Call},
};

/// One effect on its way.
pub(super) struct Work<'a> {
    pub desired: &'a Desired,
    pub region: &'a Region,
    pub change: &'a PartChange,
    pub ec2: Client,
    /// The same for every attempt at this change in this pass.
    pub token: String,
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
            Effect::Delete { kind, id } => match work.delete(*kind, id).await {
                Err(failure) if desired.goes_with_account(&failure) => {
                    tracing::warn!(error.detail = %failure.detail, "{} `{id}` is left to go with the account", kind);
                    Ok(Done::silently())
                }
                answer => answer,
            },
        }
    }
}

/// A name for this very request: the same however often it is sent in a pass, another where anything differs.
///
/// Not the same in the next pass: AWS gives back the first answer for as long as it knows a token, and nobody says how long
/// that is, so that what somebody deleted could not be made again. The next pass observes first; what it does not see yet and makes
/// again is deleted as a second one.
fn token(tenant: &str, change: &PartChange, tags: &Tags, epoch: u64) -> String {
    let request = format!("{tenant} {change:?} {tags:?} {epoch}");
    BASE32_NOPAD.encode(&Sha256::digest(request.as_bytes()))
}

impl Work<'_> {
    pub(super) fn doing(&self, verb: &str) -> String {
        format!("{verb} `{}` in `{}`", self.change.part, self.region)
    }

    async fn tag(&self, id: &str, tags: &Tags) -> Result<Done, Failure> {
        let call = self.ec2.create_tags().resources(id);
        let answer = call.set_tags(Some(any_tags!(Tag, tags))).send().await;
        done(&self.doing("tagging"), answer).map(|_| Done::silently())
    }

    async fn untag(&self, id: &str, keys: &[String]) -> Result<Done, Failure> {
        let call = self.ec2.delete_tags().resources(id);
        let answer = call.set_tags(Some(ec2_tag_keys(keys))).send().await;
        deleted(&self.doing("untagging"), answer)
    }

    async fn delete(&self, kind: Kind, id: &str) -> Result<Done, Failure> {
        let doing = format!("deleting {kind} `{id}` in `{}`", self.region);
        let (ec2, doing) = (&self.ec2, doing.as_str());
        match kind {
            Kind::Vpc => deleted(doing, ec2.delete_vpc().vpc_id(id).send().await),
            Kind::Subnet => deleted(doing, ec2.delete_subnet().subnet_id(id).send().await),
            Kind::Gateway => {
                let call = ec2.delete_internet_gateway().internet_gateway_id(id);
                deleted(doing, call.send().await)
            }
            Kind::Table => deleted(
                doing,
                ec2.delete_route_table().route_table_id(id).send().await,
            ),
            Kind::Group => deleted(doing, ec2.delete_security_group().group_id(id).send().await),
            Kind::Nat => {
                let call = ec2.delete_nat_gateway().nat_gateway_id(id);
                let done = deleted(doing, call.send().await)?;
                Ok(Done {
                    pending: true,
                    ..done
                })
            }
            Kind::Address => deleted(doing, ec2.release_address().allocation_id(id).send().await),
            Kind::Endpoint => {
                let sent = ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await;
                let answer = present(sent, || doing.to_owned())?;
                let items = answer.and_then(|answer| answer.unsuccessful);
                all_deleted::<DeleteVpcEndpointsError>(doing, items)
            }
            Kind::FlowLog => {
                let sent = ec2.delete_flow_logs().flow_log_ids(id).send().await;
                let answer = present(sent, || doing.to_owned())?;
                let items = answer.and_then(|answer| answer.unsuccessful);
                all_deleted::<DeleteFlowLogsError>(doing, items)
            }
        }
    }
}

/// Calls that remove several report what they did not remove in a successful answer.
fn all_deleted<E: Call>(
    doing: &str,
    items: Option<Vec<UnsuccessfulItem>>,
) -> Result<Done, Failure> {
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
    use baseline::network::NewPart;

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
