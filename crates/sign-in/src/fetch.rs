//! Asking a provider: by addresses that may be reached, without redirects, within limits of time and size.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use serde::de::DeserializeOwned;

use crate::{addresses::Reach, refusal::Refused};

/// A provider that has not answered by then is slow.
const LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// Discovery documents, key sets and tokens have some kilobytes.
const LARGEST: usize = 256 << 10;

/// Asks providers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    reach: Reach,
}

/// An answer.
#[derive(Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Fetcher {
    /// One that asks what may be reached.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(reach: Reach) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            .timeout(LIMIT)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { reach }))
            .build()?;
        Ok(Self { client, reach })
    }

    /// What may be reached.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// A document of JSON, and how large it is.
    ///
    /// # Errors
    /// Why it could not be had.
    pub async fn json<T: DeserializeOwned>(
        &self,
        what: &'static str,
        url: &str,
    ) -> Result<(T, usize), Refused> {
        let fetched = self
            .send(
                what,
                Method::GET,
                url,
                &[("accept", "application/json")],
                Vec::new(),
            )
            .await?;
        if fetched.status != 200 {
            let status = fetched.status;
            return Err(Refused::Answered { what, status });
        }
        let read = serde_json::from_slice(&fetched.body);
        let read = read.map_err(|_| Refused::Unreadable { what })?;
        Ok((read, fetched.body.len()))
    }

    /// Sends a request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn send(
        &self,
        what: &'static str,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Fetched, Refused> {
        let url = self
            .reach
            .url(url)
            .map_err(|why| Refused::Address { what, why })?;
        let request = self.client.request(method, url).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let lost = |error: reqwest::Error| match error.is_timeout() {
            true => Refused::Slow { what },
            false => Refused::Unreachable { what },
        };
        let mut answer = request.send().await.map_err(lost)?;
        let content_type = answer.headers().get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(more) = answer.chunk().await.map_err(lost)? {
            body.extend_from_slice(&more);
            if body.len() > LARGEST {
                return Err(Refused::TooLarge { what });
            }
        }
        Ok(Fetched {
            status,
            content_type,
            body,
        })
    }
}

/// Resolves names to addresses that may be reached; what is connected to is what was checked.
#[derive(Debug, Clone, Copy)]
struct Resolver {
    reach: Reach,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|at| allows(reach, at.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no public address".into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

fn allows(reach: Reach, address: IpAddr) -> bool {
    reach.allows(address)
}
