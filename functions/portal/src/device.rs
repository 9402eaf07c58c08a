//! The command line's way in from a machine without a browser (RFC 8628).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sign_in::secrets::{hash, random, typed_code, user_code};
use tenancy::{Person, Slug, Timestamp, session::Holder};
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    asked::Asked,
    authorize::CLIENT,
    begin::{Purpose, begin, with_browser},
    forms::{self, FormToken},
    pages::escaped,
    reply::Reply,
    sessions, token,
    trouble::Trouble,
};

/// The grant of a device code.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
const INTERVAL_SECS: i64 = 5;

/// A device that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    /// The tenant whose people may approve it; absent: the installation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slug: Option<Slug>,
    /// When it asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_at: Option<Timestamp>,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approved: Option<Approved>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Approved {
    person: Person,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    era: Option<String>,
}

/// `POST /oauth2/device_authorization`
pub async fn authorization(app: &App, asked: &Asked) -> Result<Reply, Trouble> {
    if asked.form.text("client_id") != CLIENT {
        return Ok(Reply::error("invalid_client", "the client is not known"));
    }
    let slug = match asked.form.get("tenant").map(str::parse::<Slug>) {
        Some(Ok(slug)) => Some(slug),
        Some(Err(_)) => return Ok(Reply::error("invalid_request", "there is no such tenant")),
        None => None,
    };
    let device = Device {
        slug,
        asked_at: None,
        approved: None,
    };
    let (secret, expires) = (random(), asked.now + LIFETIME);
    let name = hash(&secret);
    app.ledger
        .keep_sign_in(SignInKind::Device, &name, &device, expires)
        .await?;
    let code = user_code();
    // 20⁸ codes, of which few are in use: a second try is all it ever takes.
    if !app
        .ledger
        .keep_sign_in(SignInKind::UserCode, &code, &name, expires)
        .await?
    {
        return Err(Trouble::new(503, "Try again."));
    }
    let page = app.address("/oauth2/device");
    Ok(Reply::json(
        200,
        &json!({
            "device_code": secret,
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={code}"),
            "expires_in": LIFETIME.as_secs(),
            "interval": INTERVAL_SECS,
        }),
    ))
}

/// `GET /oauth2/device`
pub fn form(app: &App, asked: &Asked) -> Reply {
    let token = FormToken::of(asked);
    let code = asked
        .query
        .get("user_code")
        .and_then(typed_code)
        .unwrap_or_default();
    let body = format!(
        "<p>Somebody runs <code>tenantry login --device</code> and was shown a code. Go on only if that is you: whoever has the code \
         will act in your name.</p>\n<form method=\"post\" action=\"{}\">{}<label>Code \
         <input name=\"user_code\" value=\"{}\" autocomplete=\"off\" required></label> <button>It is me</button></form>",
        escaped(&app.address("/oauth2/device")),
        token.field(),
        escaped(&code),
    );
    token.on(Reply::page(200, "Sign in on another machine", &body))
}

/// `POST /oauth2/device`: on to the provider. By a link, for a form of ours may lead to nobody else.
pub async fn confirm(app: &App, asked: &Asked) -> Result<Reply, Trouble> {
    forms::check(app, asked)?;
    let unknown = || {
        Trouble::new(
            400,
            "This code is not known: it was used, or is older than ten minutes. Run the command again.",
        )
    };
    let code = asked.form.get("user_code").and_then(typed_code);
    let code = code.ok_or_else(unknown)?;
    let taken = app
        .ledger
        .take_sign_in::<String>(SignInKind::UserCode, &code, asked.now);
    let name = taken.await?.ok_or_else(unknown)?;
    let device = app
        .ledger
        .sign_in::<Device>(SignInKind::Device, &name, asked.now);
    let device = device.await?.ok_or_else(unknown)?;
    let purpose = Purpose::Device { name };
    let (address, browser) = begin(app, asked, device.content.slug, purpose).await?;
    let body = format!(
        "<p><a href=\"{}\">Sign in at your identity provider</a></p>",
        escaped(&address)
    );
    let page = Reply::page(200, "Sign in on another machine", &body);
    Ok(with_browser(page, &browser))
}

/// A person has signed in for a device.
pub async fn approve(
    app: &App,
    asked: &Asked,
    name: &str,
    person: Person,
    era: Option<String>,
) -> Result<Reply, Trouble> {
    let kept = app
        .ledger
        .sign_in::<Device>(SignInKind::Device, name, asked.now);
    let kept = kept.await?.ok_or_else(Trouble::stale)?;
    let approved = Device {
        approved: Some(Approved { person, era }),
        ..kept.content.clone()
    };
    let changed = app
        .ledger
        .change_sign_in(SignInKind::Device, name, &kept, &approved);
    if kept.content.approved.is_some() || !changed.await? {
        // The machine asked at the same moment.
        return Err(Trouble::stale());
    }
    let body =
        "<p>The other machine is signed in within some seconds. You can close this page.</p>";
    Ok(Reply::page(200, "Signed in", body))
}

/// `POST /oauth2/token` with a device code.
pub async fn token(app: &App, asked: &Asked) -> Result<Reply, Trouble> {
    let name = hash(asked.form.text("device_code"));
    let kept = app
        .ledger
        .sign_in::<Device>(SignInKind::Device, &name, asked.now);
    let Some(kept) = kept.await? else {
        return Ok(Reply::error(
            "expired_token",
            "the code has expired or was used: run the command again",
        ));
    };
    if kept.content.approved.is_none() {
        return waiting(app, asked, &name, kept).await;
    }
    let taken = app
        .ledger
        .take_sign_in::<Device>(SignInKind::Device, &name, asked.now);
    let Some(approved) = taken.await?.and_then(|device| device.approved) else {
        return Ok(Reply::error(
            "expired_token",
            "the code was used: run the command again",
        ));
    };
    let holder = Holder::CommandLine;
    let begun = sessions::begin(app, approved.person, approved.era, holder, asked.now);
    let (secret, session) = begun.await?;
    token::tokens(app, &secret, &session, asked.now).await
}

async fn waiting(
    app: &App,
    asked: &Asked,
    name: &str,
    kept: tenantry_aws::ledger::Kept<Device>,
) -> Result<Reply, Trouble> {
    let since = kept
        .content
        .asked_at
        .map(|at| asked.now.duration_since(at).as_secs());
    let noted = Device {
        asked_at: Some(asked.now),
        ..kept.content.clone()
    };
    app.ledger
        .change_sign_in(SignInKind::Device, name, &kept, &noted)
        .await?;
    match since {
        // A second less: the network is not always as fast.
        Some(seconds) if seconds < INTERVAL_SECS - 1 => {
            Ok(Reply::error("slow_down", "ask less often"))
        }
        _ => Ok(Reply::error(
            "authorization_pending",
            "nobody has signed in yet",
        )),
    }
}
