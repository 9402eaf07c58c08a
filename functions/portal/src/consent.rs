//! The question before the command line gets anything: may it act in the name of the person who has just signed in?
//!
//! The provider may know the person and answer without a word, so that a link that somebody sends would be enough. Whoever runs the
//! command line is a native application that nobody can tell from another (RFC 8252, section 8.6), and a code may be of somebody
//! else's machine (RFC 8628, section 5.4).

use reqwest::Url;
use serde::{Deserialize, Serialize};
use sign_in::secrets::{hash, is_same, random};
use tenancy::{Person, Slug, Timestamp};
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    begin::{ATTEMPT, Attempt, BROWSER, Purpose, with_browser},
    callback::{self, Code},
    device,
    error::PortalError,
    forms::{self, FormToken},
    pages::{escaped, hidden},
    reply::Reply,
    request::PortalRequest,
    sessions::{LONGEST, SignedIn},
};

const FIELD: &str = "consent";

/// Somebody who has signed in, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consent {
    signed_in: SignedIn,
    /// SHA-256 of the cookie of the browser that signed in.
    browser_hash: String,
    purpose: Purpose,
}

/// Asks the person who has signed in for the command line.
pub async fn ask(
    app: &App,
    request: &PortalRequest,
    attempt: Attempt,
    signed_in: SignedIn,
) -> Result<Reply, PortalError> {
    let secret = random();
    let (kind, name) = (SignInKind::Consent, hash(&secret));
    let consent = Consent {
        signed_in,
        browser_hash: attempt.browser_hash,
        purpose: attempt.purpose,
    };
    let kept = app
        .ledger
        .keep_sign_in(kind, &name, &consent, request.now + ATTEMPT);
    if !kept.await? {
        return Err(PortalError::stale());
    }
    let token = FormToken::of(request);
    let form = format!(
        "<form method=\"post\" action=\"{}\">{}{}<button name=\"decision\" value=\"continue\">Continue</button> \
         <button name=\"decision\" value=\"refuse\">Refuse</button></form>",
        escaped(&app.address("/oauth2/consent")),
        token.field(),
        hidden(FIELD, &secret),
    );
    let body = format!("{}\n{form}", question(&consent));
    let mut page = Reply::page(200, "May the command line act in your name?", &body);
    if let Purpose::CommandLine { redirect, .. } = &consent.purpose {
        page = page.leading_to(redirect);
    }
    let browser = request.cookie(BROWSER).unwrap_or_default();
    Ok(with_browser(token.on(page), browser))
}

/// What is asked, as HTML: who asks, when, where, for whom, and for what.
fn question(consent: &Consent) -> String {
    let (client, command) = match &consent.purpose {
        Purpose::CommandLine { redirect, .. } => {
            let port = Url::parse(redirect).ok().and_then(|url| url.port());
            let port = port.map_or_else(String::new, |port| format!(" (port {port})"));
            let client = format!("The tenantry command line on this computer{port}");
            (client, "tenantry login")
        }
        Purpose::Browser | Purpose::Device { .. } => (
            "The tenantry command line on another machine, whose code you have entered,".to_owned(),
            "tenantry login --device",
        ),
    };
    let person = &consent.signed_in.person;
    format!(
        "<p>{client} asks to act in your name. It asked at {}.</p>\n\
         <ul><li>You are {}.</li><li>It will act in {}.</li>\
         <li>It may do all that you may do there, until {} or until it signs out.</li></ul>\n\
         <p>Continue only if you have just run <code>{command}</code> yourself. If somebody sent you here, refuse.</p>",
        moment(consent.purpose.asked_at()),
        escaped(&who(person)),
        place(person.slug.as_ref()),
        moment(Some(consent.signed_in.at + LONGEST)),
    )
}

/// The person, for people.
pub fn who(person: &Person) -> String {
    match &person.email {
        Some(email) => format!("{email} ({})", person.subject),
        None => person.subject.clone(),
    }
}

/// The tenant or the installation, as HTML.
pub fn place(slug: Option<&Slug>) -> String {
    match slug {
        Some(slug) => format!("tenant {}", escaped(slug.as_str())),
        None => "this installation, above all tenants".to_owned(),
    }
}

/// A time, for people.
pub fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "a time that is not known".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// `POST /oauth2/consent`
pub async fn decide(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    forms::check(app, request)?;
    let name = hash(request.form.text(FIELD));
    let taken = app
        .ledger
        .take_sign_in::<Consent>(SignInKind::Consent, &name, request.now);
    let consent = taken.await?.ok_or_else(PortalError::stale)?;
    let browser = request.cookie(BROWSER).map(hash).unwrap_or_default();
    if !is_same(&browser, &consent.browser_hash) {
        return Err(PortalError::stale());
    }
    let goes_on = request.form.text("decision") == "continue";
    tracing::info!(
        tenant.id = consent
            .signed_in
            .person
            .tenant
            .as_ref()
            .map(|tenant| tenant.as_str()),
        person.subject = consent.signed_in.person.subject,
        consent.given = goes_on,
        "a person was asked whether the command line may act"
    );
    match (consent.purpose, goes_on) {
        (
            Purpose::CommandLine {
                redirect,
                state,
                challenge,
                ..
            },
            true,
        ) => {
            let code = Code {
                signed_in: consent.signed_in,
                redirect,
                challenge,
            };
            callback::to_command_line(app, request, &state, &code).await
        }
        (
            Purpose::CommandLine {
                redirect, state, ..
            },
            false,
        ) => {
            let refusal = [("error", "access_denied"), ("state", state.as_str())];
            callback::loopback(app, &redirect, &refusal)
        }
        (Purpose::Device { name, .. }, true) => {
            device::approve(app, request, &name, consent.signed_in).await
        }
        (Purpose::Device { name, .. }, false) => device::refuse(app, request, &name).await,
        (Purpose::Browser, _) => Err(PortalError::stale()),
    }
}
