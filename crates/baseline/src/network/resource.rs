//! What every resource that was found has: an id, tags, and perhaps a VPC.

use super::observation::*;

/// What has an id and tags.
pub trait Resource {
    /// The id.
    fn id(&self) -> &str;
    /// The tags.
    fn tags(&self) -> &Tags;
    /// The VPC it is in, or attached to.
    fn vpc(&self) -> Option<&str>;
    /// Whether it is made with its VPC and goes with it.
    fn comes_with_vpc(&self) -> bool {
        false
    }
}

macro_rules! parts {
    ($($list:ident: $kind:ident($item:ident, $vpc:expr $(, goes with it: $with:expr)?)),+) => {
        $(impl Resource for $kind {
            fn id(&self) -> &str { &self.id }
            fn tags(&self) -> &Tags { &self.tags }
            fn vpc(&self) -> Option<&str> { let $item = self; $vpc }
            $(fn comes_with_vpc(&self) -> bool { let $item = self; $with })?
        })+

        impl RegionInventory {
            /// Everything with an id, with its tags.
            pub fn all(&self) -> impl Iterator<Item = &dyn Resource> {
                let mut all: Vec<&dyn Resource> = Vec::new();
                $(all.extend(self.$list.iter().map(|item| item as &dyn Resource));)+
                all.into_iter()
            }

            /// The tags of the resource with this id.
            pub fn tags_of(&mut self, id: &str) -> Option<&mut Tags> {
                $(if let Some(item) = self.$list.iter_mut().find(|item| item.id == id) {
                    return Some(&mut item.tags);
                })+
                None
            }

            /// Forgets what has this id.
            pub fn forget(&mut self, id: &str) {
                $(self.$list.retain(|item| item.id != id);)+
            }
        }
    };
}
parts!(
    vpcs: Vpc(_vpc, None),
    subnets: Subnet(subnet, Some(&subnet.vpc)),
    gateways: Gateway(gateway, gateway.vpc.as_deref()),
    tables: Table(table, Some(&table.vpc), goes with it: table.main),
    groups: Group(group, Some(&group.vpc), goes with it: group.name == "default"),
    nats: Nat(nat, Some(&nat.vpc), goes with it: !nat.holds()),
    addresses: Address(_address, None),
    endpoints: Endpoint(endpoint, Some(&endpoint.vpc)),
    flow_logs: FlowLog(_log, None),
    acls: Acl(acl, Some(&acl.vpc), goes with it: acl.default)
);
