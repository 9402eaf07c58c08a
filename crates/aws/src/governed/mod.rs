//! Calls to Organizations, each with a token of its operation: kept by the HTTP client, so that no call can go without.
//!
//! # Guarantees
//! Every attempt at every page of every operation passes [`Governed`]. An operation that has no rate cannot be called. A call
//! without a token was not made: the failure says when its turn comes.

mod turns;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};

pub use turns::{Purse, Turns};

/// What names the operation in a request, such as `AWSOrganizationsV20161128.MoveAccount`.
const TARGET: &str = "x-amz-target";

/// An HTTP client for Organizations whose every request has a token.
#[derive(Clone)]
pub struct Governed {
    turns: Turns,
    client: SharedHttpClient,
}

impl Governed {
    /// Puts the governor before `client`.
    pub fn new(turns: Turns, client: SharedHttpClient) -> Self {
        Self { turns, client }
    }
}

impl std::fmt::Debug for Governed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Governed")
    }
}

impl HttpClient for Governed {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            turns: self.turns.clone(),
            connector: self.client.http_connector(settings, components),
        })
    }
}

struct Connector {
    turns: Turns,
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
        let (turns, connector) = (self.turns.clone(), self.connector.clone());
        HttpConnectorFuture::new(async move {
            let turn = Box::pin(turns.take(&operation)).await;
            // Of no kind that the SDK would repeat by itself: the pass comes back when the turn has come.
            turn.map_err(|failure| ConnectorError::other(Box::new(failure), None))?;
            connector.call(request).await
        })
    }
}
