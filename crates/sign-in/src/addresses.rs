//! Which addresses of the network a provider may be at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// What may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, by `https`.
    Public,
    /// Loopback as well, by `http` or `https`: for tests, where the provider runs beside us.
    Loopback,
}

impl Reach {
    /// The address, if it may be asked at all; names are checked when they are resolved.
    ///
    /// # Errors
    /// Why not.
    pub fn url(self, text: &str) -> Result<Url, &'static str> {
        let url = Url::parse(text).map_err(|_| "is not an address")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user or a password");
        }
        let host = url.host_str().ok_or("names no host")?;
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let is_loopback = literal.is_some_and(|address| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if self == Self::Loopback && is_loopback => {}
            _ => return Err("does not begin with https://"),
        }
        match literal {
            Some(address) if !self.allows(address) => Err("is not a public address"),
            _ => Ok(url),
        }
    }

    /// Whether an address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Loopback && address.is_loopback())
    }
}

/// Whether an address is one of the public Internet. Source: the registries of special-purpose addresses of the IANA (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127, ..) => true,
        // Shared address space, link-local (and so the metadata of instances), private.
        (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) => true,
        (198, 51, 100) | (203, 0, 113) => true,
        (224.., ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; what lies in it for documentation, translation and tunnels is not somebody's address.
    let global = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || first & 0xfff0 == 0x3ff0;
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_link_local_and_loopback_addresses_are_not_asked() {
        for text in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[2002:7f00:1::]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "http://id.example/",
            "ftp://id.example/",
            "https://user:secret@id.example/",
            "id.example",
        ] {
            assert!(Reach::Public.url(text).is_err(), "{text}");
        }
        for text in [
            "https://id.example/",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert!(Reach::Public.url(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn loopback_is_asked_only_where_the_installation_says_so() {
        assert!(Reach::Loopback.url("http://127.0.0.1:1/").is_ok());
        assert!(Reach::Loopback.url("http://10.0.0.1/").is_err());
        assert!(Reach::Loopback.url("https://169.254.169.254/").is_err());
        assert!(Reach::Public.url("http://127.0.0.1:1/").is_err());
    }
}
