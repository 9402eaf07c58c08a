//! Signature Version 4 with whatever credentials the usual AWS chain finds.
//!
//! Source of the rules: IAM User Guide, "Create a signed AWS API request". The service's name is `execute-api`.

use std::time::{Duration, SystemTime};

use aws_config::{
    BehaviorVersion, Region, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use tokio::sync::Mutex;

use crate::error::CliError;

/// Credentials that expire within this time are fetched anew, so that a signature outlives its request.
const FRESH: Duration = Duration::from_secs(120);

/// Signs requests.
#[derive(Debug)]
pub struct Signer {
    provider: SharedCredentialsProvider,
    region: Option<String>,
    cached: Mutex<Option<Credentials>>,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// Method, in uppercase.
    pub method: &'a str,
    /// The whole address, as it goes over the wire.
    pub url: &'a str,
    /// Headers to include.
    pub headers: &'a [(&'static str, String)],
    /// The body.
    pub body: &'a [u8],
}

impl Signer {
    /// Credentials and Region of the AWS chain: environment, profile (SSO, assumed roles, `credential_process`), container,
    /// instance. A `profile` that is named goes before keys in the environment, as in the AWS CLI; `region` goes before the
    /// chain's.
    ///
    /// # Errors
    /// If there is no Region or no source of credentials.
    pub async fn load(profile: Option<&str>, region: Option<String>) -> Result<Self, CliError> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        let config = loader.load().await;
        let provider = match profile {
            Some(profile) => Some(of_profile(profile, config.region())),
            None => config.credentials_provider(),
        };
        let signer = Self {
            provider: provider.ok_or_else(|| missing("no source of AWS credentials"))?,
            region: config.region().map(ToString::to_string),
            cached: Mutex::new(None),
        };
        // Credentials first: a profile that does not exist has no Region either.
        signer.credentials().await?;
        Ok(signer)
    }

    /// The headers to add to a request.
    ///
    /// # Errors
    /// If no credentials can be had, with the reason of the credential chain.
    pub async fn headers(&self, request: Unsigned<'_>) -> Result<Vec<(String, String)>, CliError> {
        let credentials = self.credentials().await?;
        let region = self.region.as_deref();
        let region = region.ok_or_else(|| missing("no AWS Region is set"))?;
        signature(credentials, region, SystemTime::now(), request)
    }

    async fn credentials(&self) -> Result<Credentials, CliError> {
        let mut cached = self.cached.lock().await;
        let soon = SystemTime::now() + FRESH;
        if let Some(known) = cached.as_ref()
            && known.expiry().is_none_or(|expiry| expiry > soon)
        {
            return Ok(known.clone());
        }
        let new = self.provider.provide_credentials().await;
        let new = new.map_err(|error| CliError::Credentials {
            what: "no AWS credentials could be loaded".into(),
            source: Some(error.into()),
        })?;
        *cached = Some(new.clone());
        Ok(new)
    }
}

/// The credentials of one profile and of nothing else.
fn of_profile(profile: &str, region: Option<&Region>) -> SharedCredentialsProvider {
    let configuration = ProviderConfig::without_region().with_region(region.cloned());
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&configuration)
        .profile_name(profile)
        .build();
    SharedCredentialsProvider::new(provider)
}

fn missing(what: &str) -> CliError {
    CliError::Credentials {
        what: what.to_owned(),
        source: None,
    }
}

fn signature(
    credentials: Credentials,
    region: &str,
    time: SystemTime,
    request: Unsigned<'_>,
) -> Result<Vec<(String, String)>, CliError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| CliError::Credentials {
        what: "the signature could not be made".into(),
        source: Some(error),
    };
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(error.into()))?
        .into();
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let signable = SignableRequest::new(
        request.method,
        request.url,
        headers,
        SignableBody::Bytes(request.body),
    )
    .map_err(|error| failed(error.into()))?;
    let (instructions, _) = sign(signable, &parameters)
        .map_err(|error| failed(error.into()))?
        .into_parts();
    Ok(instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected value was computed apart from this code, from the steps in the IAM User Guide.
    #[test]
    fn a_path_with_a_dollar_sign_and_an_encoded_query_is_signed_as_aws_does() {
        let credentials =
            Credentials::new("AKIDEXAMPLE", "secret", Some("token".into()), None, "test");
        let headers = signature(
            credentials,
            "eu-central-1",
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            Unsigned {
                method: "POST",
                url: "http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/v1/tenants?tag=a%3Ab%20c&dry-run=true",
                headers: &[("content-type", "application/json".into())],
                body: b"{}",
            },
        )
        .unwrap();
        let authorization = headers.iter().find(|(name, _)| name == "authorization");
        assert_eq!(
            authorization.map(|(_, value)| value.as_str()),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/eu-central-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=e42c4a303723a415e1236eb6b7aa292501f88a26b458aeccc104f882c5f5524d"
            )
        );
    }
}
