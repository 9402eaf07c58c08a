//! Which part of a VPC's addresses each subnet gets: computed from the VPC's CIDR alone.
//!
//! A VPC is cut into four quarters. Quarters one to three are the private subnets of zones a, b and c; the first three quarters
//! of the last one are the public subnets. The layout does not depend on how many zones are used, so that a network can grow
//! from one zone to three without moving anything. The smallest VPC, /24, gives /26 and /28, the smallest subnet EC2 allows
//! (VPC User Guide, "Subnet CIDR blocks": /28 to /16).

use ipnet::Ipv4Net;

/// The letters of the zones a network can span, in order.
pub const LETTERS: [char; 3] = ['a', 'b', 'c'];

/// The part name of a zone's private subnet.
pub fn private_part(letter: char) -> String {
    format!("private-{letter}")
}

/// The part name of a zone's public subnet.
pub fn public_part(letter: char) -> String {
    format!("public-{letter}")
}

/// The addresses of a zone's private subnet: a quarter of the VPC. `None` when the VPC is too small, or there is no such zone.
pub fn private_cidr(vpc: Ipv4Net, zone: usize) -> Option<Ipv4Net> {
    if zone >= LETTERS.len() {
        return None;
    }
    quarter(vpc, zone)
}

/// The addresses of a zone's public subnet: a sixteenth of the VPC. `None` when the VPC is too small, or there is no such zone.
pub fn public_cidr(vpc: Ipv4Net, zone: usize) -> Option<Ipv4Net> {
    if zone >= LETTERS.len() {
        return None;
    }
    quarter(quarter(vpc, 3)?, zone)
}

fn quarter(net: Ipv4Net, index: usize) -> Option<Ipv4Net> {
    let longer = net.prefix_len().checked_add(2)?;
    net.trunc().subnets(longer).ok()?.nth(index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(vpc: Ipv4Net) -> Vec<Ipv4Net> {
        let private = (0..3).filter_map(|zone| private_cidr(vpc, zone));
        let public = (0..3).filter_map(|zone| public_cidr(vpc, zone));
        private.chain(public).collect()
    }

    #[test]
    fn a_vpc_of_4096_addresses_has_private_subnets_of_1024_and_public_ones_of_256() {
        let cut: Vec<String> = all("10.7.16.0/20".parse().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            cut,
            [
                "10.7.16.0/22",
                "10.7.20.0/22",
                "10.7.24.0/22",
                "10.7.28.0/24",
                "10.7.29.0/24",
                "10.7.30.0/24"
            ]
        );
    }

    proptest! {
        #[test]
        fn subnets_lie_within_the_vpc_and_never_overlap(address: u32, prefix in 16u8..=24) {
            let vpc = Ipv4Net::new(address.into(), prefix).unwrap().trunc();
            let cut = all(vpc);
            prop_assert_eq!(cut.len(), 6);
            for (index, net) in cut.iter().enumerate() {
                prop_assert!(vpc.contains(net));
                prop_assert!(net.prefix_len() <= 28);
                for other in &cut[..index] {
                    prop_assert!(!net.contains(other) && !other.contains(net));
                }
            }
        }
    }
}
