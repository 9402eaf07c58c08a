//! The way back from a provider.

use jiff::SignedDuration;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sign_in::{
    Refused,
    exchange::word,
    secrets::{hash, is_same, random},
};
use tenancy::{Person, session::Holder};
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    asked::Asked,
    begin::{Attempt, BROWSER, Purpose},
    device,
    reply::Reply,
    sessions,
    trouble::Trouble,
};

/// The command line fetches its tokens at once.
const CODE: SignedDuration = SignedDuration::from_mins(1);

/// Who signed in, until the command line exchanges its code for tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// Who.
    pub person: Person,
    /// The era of the tenant's provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<String>,
    /// Where the code was sent.
    pub redirect: String,
    /// The challenge that its verifier must meet.
    pub challenge: String,
}

/// `GET /oauth2/callback` and `GET /oauth2/callback/{slug}`
pub async fn callback(app: &App, asked: &Asked) -> Result<Reply, Trouble> {
    let attempt = attempt(app, asked).await?;
    if let Some(error) = asked.query.get("error") {
        return Err(Refused::Declined { error: word(error) }.into());
    }
    let provider = app.provider(attempt.slug.as_ref(), true).await?;
    let era = provider.tenant.as_ref().map(|tenant| tenant.era.clone());
    let issuer = asked.query.get("iss");
    // RFC 9207: an answer of another issuer than the one that was asked.
    if era != attempt.era || issuer.is_some_and(|issuer| issuer != provider.issuer) {
        return Err(Trouble::stale());
    }
    let redirect = app.redirect(attempt.slug.as_ref());
    let code = asked.query.get("code").ok_or_else(Trouble::stale)?;
    let person = app
        .providers
        .person(&provider, &redirect, code, &attempt.expected, asked.now)
        .await?;
    tracing::info!(
        tenant.id = person.tenant.as_ref().map(|tenant| tenant.as_str()),
        person.subject = person.subject,
        "a person signed in"
    );
    arrived(app, asked, attempt, person).await
}

/// The sign-in that this is the way back of: begun in this browser, for this tenant, and not used before.
async fn attempt(app: &App, asked: &Asked) -> Result<Attempt, Trouble> {
    let state = asked.query.get("state").ok_or_else(Trouble::stale)?;
    let name = hash(state);
    let kept = app
        .ledger
        .take_sign_in::<Attempt>(SignInKind::Attempt, &name, asked.now);
    let attempt = kept.await?.ok_or_else(Trouble::stale)?;
    let browser = asked.cookie(BROWSER).map(hash).unwrap_or_default();
    let slug = asked
        .slug
        .as_ref()
        .filter(|_| asked.route.ends_with("{slug}"));
    if !is_same(&browser, &attempt.browser_hash) || slug != attempt.slug.as_ref() {
        return Err(Trouble::stale());
    }
    Ok(attempt)
}

async fn arrived(
    app: &App,
    asked: &Asked,
    attempt: Attempt,
    person: Person,
) -> Result<Reply, Trouble> {
    match attempt.purpose {
        Purpose::Browser => {
            // Whoever was signed in here before is not any more.
            sessions::end(app, asked, "signed-in-anew").await?;
            let holder = Holder::Browser;
            let (secret, session) =
                sessions::begin(app, person, attempt.era, holder, asked.now).await?;
            let left = session.ends_at.duration_since(asked.now).as_secs();
            let page = Reply::redirect(&app.address("/oauth2/signed-in"));
            Ok(page.cookie(sessions::COOKIE, &secret, left))
        }
        Purpose::CommandLine {
            redirect,
            state,
            challenge,
        } => {
            let code = Code {
                person,
                era: attempt.era,
                redirect,
                challenge,
            };
            to_command_line(app, asked, &state, &code).await
        }
        Purpose::Device { name } => device::approve(app, asked, &name, person, attempt.era).await,
    }
}

async fn to_command_line(
    app: &App,
    asked: &Asked,
    state: &str,
    code: &Code,
) -> Result<Reply, Trouble> {
    let secret = random();
    let (kind, name) = (SignInKind::Code, hash(&secret));
    app.ledger
        .keep_sign_in(kind, &name, code, asked.now + CODE)
        .await?;
    let mut address = Url::parse(&code.redirect).map_err(|_| Trouble::stale())?;
    address
        .query_pairs_mut()
        .append_pair("code", &secret)
        .append_pair("state", state)
        .append_pair("iss", &app.settings.address);
    Ok(Reply::redirect(address.as_str()))
}
