//! What every handler works with.

use std::sync::Arc;

use aws_config::SdkConfig;
use reqwest::Url;
use sign_in::{Fetcher, Provider, Providers, provider::Secret, token::PublicKey};
use tenancy::{Session, Slug, Timestamp, identity_provider::SecretVersion};
use tenantry_aws::{
    ledger::{Ledger, SessionOf},
    provider_secrets::ProviderSecrets,
    signing::SigningKeys,
};
use tokio::sync::OnceCell;

use crate::{Settings, boxed::boxed, error::PortalError};

/// The ledger, the secrets, the keys, and the providers that are remembered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) ledger: Ledger,
    pub(crate) providers: Providers,
    pub(crate) settings: Arc<Settings>,
    pub(crate) signing: SigningKeys,
    secrets: ProviderSecrets,
    keys: Arc<OnceCell<Vec<PublicKey>>>,
    origin: String,
}

impl App {
    /// The portal as its settings say.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(aws: &SdkConfig, settings: Settings) -> Result<Self, reqwest::Error> {
        let origin = Url::parse(&settings.address);
        let origin = origin.map_or_else(
            |_| settings.address.clone(),
            |url| url.origin().ascii_serialization(),
        );
        let secrets = aws_sdk_secretsmanager::Client::new(aws);
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(aws), settings.table.clone()),
            providers: Providers::new(Fetcher::new(settings.reach)?),
            signing: SigningKeys::new(aws_sdk_kms::Client::new(aws)),
            secrets: ProviderSecrets::new(secrets, settings.secrets.clone()),
            keys: Arc::default(),
            settings: Arc::new(settings),
            origin,
        })
    }

    /// Scheme, host and port of our address, as browsers send it.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// An address of ours.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.settings.address)
    }

    /// Where a provider sends people back to. Each tenant has an address of its own: the code of one provider never arrives as if
    /// another had sent it (RFC 9700, section 4.4).
    pub(crate) fn redirect(&self, slug: Option<&Slug>) -> String {
        match slug {
            Some(slug) => self.address(&format!("/oauth2/callback/{slug}")),
            None => self.address("/oauth2/callback"),
        }
    }

    /// The provider of a tenant, or of the installation; with its secret where it is asked for.
    pub(crate) async fn provider(
        &self,
        slug: Option<&Slug>,
        with_secret: bool,
    ) -> Result<Provider, PortalError> {
        match slug {
            Some(slug) => self.provider_of(slug, with_secret).await,
            None => self.operators(with_secret).await,
        }
    }

    async fn provider_of(&self, slug: &Slug, with_secret: bool) -> Result<Provider, PortalError> {
        let tenant = self.ledger.tenant_named(slug).await?;
        let tenant = tenant.ok_or_else(PortalError::no_such_address)?;
        let provider = self.ledger.identity_provider(&tenant).await?;
        let provider = provider.ok_or_else(PortalError::no_such_address)?;
        let secret = self.secret(provider.secret.as_ref(), with_secret).await?;
        Ok(Provider::of(tenant, slug.clone(), provider, secret))
    }

    async fn operators(&self, with_secret: bool) -> Result<Provider, PortalError> {
        let operators = self.settings.operators.as_ref();
        let operators = operators.ok_or_else(PortalError::no_such_address)?;
        let secret = match operators.secret_arn.as_deref().filter(|_| with_secret) {
            Some(arn) => Some(Secret::new(boxed(self.secrets.current(arn)).await?)),
            None => None,
        };
        Ok(Provider::own(&operators.provider, secret))
    }

    /// Whether a session goes on: it has not ended, its person's sessions have not, and the provider is the one that began it.
    pub(crate) async fn goes_on(
        &self,
        sid: &str,
        session: &Session,
        now: Timestamp,
    ) -> Result<bool, PortalError> {
        let own = self.settings.operators.as_ref();
        let own_era = own.map(|own| own.provider.era());
        let whose = SessionOf {
            tenant: session.person.tenant.as_ref(),
            issuer: &session.person.provider,
            subject: &session.person.subject,
            own_era: own_era.as_deref(),
        };
        Ok(self.ledger.session_is_alive(sid, whose, now).await?)
    }

    async fn secret(
        &self,
        version: Option<&SecretVersion>,
        wanted: bool,
    ) -> Result<Option<Secret>, PortalError> {
        match version.filter(|_| wanted) {
            Some(version) => Ok(Some(Secret::new(boxed(self.secrets.get(version)).await?))),
            None => Ok(None),
        }
    }

    /// The public halves of our keys, the one that signs first.
    pub(crate) async fn keys(&self) -> Result<&[PublicKey], PortalError> {
        let keys = self.keys.get_or_try_init(|| self.read_keys()).await?;
        Ok(keys)
    }

    async fn read_keys(&self) -> Result<Vec<PublicKey>, PortalError> {
        let mut keys = Vec::new();
        for name in &self.settings.keys {
            let der = boxed(self.signing.public_key(name)).await?;
            let key = PublicKey::from_der(&der);
            let Some(key) = key else {
                tracing::error!(key.name = name, "the signing key is no RSA key");
                return Err(PortalError::new(
                    503,
                    "The sign-in is not set up. Tell the operators.",
                ));
            };
            keys.push(key);
        }
        Ok(keys)
    }
}
