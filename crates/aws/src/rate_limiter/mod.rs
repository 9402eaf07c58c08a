//! A rate limiter for calls to Organizations: the HTTP client takes a token for each call, so that none can go without.
//!
//! # Guarantees
//! Every attempt at every page of every operation passes [`RateLimitedClient`]. An operation that has no rate cannot be called.
//! A call without a token was not made: the failure says when there is one.

mod limiter;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};

pub(crate) use limiter::PATIENCE;
pub use limiter::{RateLimiter, TokenCache};

/// What names the operation in a request, such as `AWSOrganizationsV20161128.MoveAccount`.
pub(crate) const TARGET: &str = "x-amz-target";

/// An HTTP client for Organizations that takes a token for every request.
#[derive(Clone)]
pub struct RateLimitedClient {
    limiter: RateLimiter,
    client: SharedHttpClient,
}

impl RateLimitedClient {
    /// Puts the rate limiter before `client`.
    pub fn new(limiter: RateLimiter, client: SharedHttpClient) -> Self {
        Self { limiter, client }
    }
}

impl std::fmt::Debug for RateLimitedClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimitedClient")
    }
}

impl HttpClient for RateLimitedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            limiter: self.limiter.clone(),
            connector: self.client.http_connector(settings, components),
        })
    }
}

struct Connector {
    limiter: RateLimiter,
    connector: SharedHttpConnector,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get(TARGET).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let (limiter, connector) = (self.limiter.clone(), self.connector.clone());
        HttpConnectorFuture::new(async move {
            let token = Box::pin(limiter.take(&operation)).await;
            // Of no kind that the SDK would retry by itself: the pass comes back when there is a token.
            token.map_err(|failure| ConnectorError::other(Box::new(failure), None))?;
            connector.call(request).await
        })
    }
}
