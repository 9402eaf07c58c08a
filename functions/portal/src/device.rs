//! The command line's way in from a machine without a browser (RFC 8628).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sign_in::secrets::{hash, random, typed_code, user_code};
use tenancy::{Slug, Timestamp, session::Holder};
use tenantry_aws::ledger::{Kept, SignInKind};

use crate::{
    app::App,
    authorize::CLIENT,
    begin::{Purpose, begin, with_browser},
    consent::{moment, place},
    error::PortalError,
    forms::{self, FormToken},
    pages::escaped,
    reply::Reply,
    request::PortalRequest,
    sessions::{self, SignedIn},
    token,
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
    /// When it asked for a code.
    begun_at: Timestamp,
    /// When it asked last whether somebody has signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_at: Option<Timestamp>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decided: Option<Decided>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Decided {
    /// Who approved it.
    Approved(SignedIn),
    /// Somebody refused.
    Refused,
}

/// `POST /oauth2/device_authorization`
pub async fn authorization(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    if request.form.text("client_id") != CLIENT {
        return Ok(Reply::oauth_error(
            "invalid_client",
            "the client is not known",
        ));
    }
    let slug = match request.form.get("tenant").map(str::parse::<Slug>) {
        Some(Ok(slug)) => Some(slug),
        Some(Err(_)) => {
            return Ok(Reply::oauth_error(
                "invalid_request",
                "there is no such tenant",
            ));
        }
        None => None,
    };
    let device = Device {
        slug,
        begun_at: request.now,
        asked_at: None,
        decided: None,
    };
    let (secret, expires) = (random(), request.now + LIFETIME);
    let name = hash(&secret);
    app.ledger
        .keep_sign_in(SignInKind::Device, &name, &device, expires)
        .await?;
    let code = user_code();
    // 20⁸ codes, of which few are in use: a second try is all it ever takes.
    if !app
        .ledger
        .keep_sign_in(SignInKind::UserCode, &hash(&code), &name, expires)
        .await?
    {
        return Err(PortalError::new(503, "Try again."));
    }
    let page = app.address("/oauth2/device");
    Ok(Reply::json(
        200,
        &json!({
            "device_code": secret,
            "user_code": code,
            "verification_uri": page,
            "expires_in": LIFETIME.as_secs(),
            "interval": INTERVAL_SECS,
        }),
    ))
}

/// `GET /oauth2/device`: the person types the code. A link that held it would be all that somebody else has to send (RFC 8628,
/// section 5.4).
pub fn form(app: &App, request: &PortalRequest) -> Reply {
    let token = FormToken::of(request);
    let body = format!(
        "<p>Enter the code that <code>tenantry login --device</code> shows on the other machine, if it was you who ran it. Whoever has \
         that machine can then do all that you may do here, for {} hours.</p>\n<form method=\"post\" action=\"{}\">{}<label>Code \
         <input name=\"user_code\" autocomplete=\"off\" autofocus required></label> <button>Go on</button></form>",
        sessions::LONGEST.as_hours(),
        escaped(&app.address("/oauth2/device")),
        token.field(),
    );
    token.on(Reply::page(200, "Sign in on another machine", &body))
}

/// `POST /oauth2/device`: on to the provider. By a link, for a form of ours may lead to nobody else.
pub async fn confirm(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    forms::check(app, request)?;
    let unknown = || {
        PortalError::new(
            400,
            "This code is not known: it was used, or is older than ten minutes. Run the command again.",
        )
    };
    let code = request.form.get("user_code").and_then(typed_code);
    let code = code.ok_or_else(unknown)?;
    let code = hash(&code);
    let taken = app
        .ledger
        .take_sign_in::<String>(SignInKind::UserCode, &code, request.now);
    let name = taken.await?.ok_or_else(unknown)?;
    let device = app
        .ledger
        .sign_in::<Device>(SignInKind::Device, &name, request.now);
    let device = device.await?.ok_or_else(unknown)?.content;
    let purpose = Purpose::Device {
        asked_at: device.begun_at,
        name,
    };
    let (address, browser) = begin(app, request, device.slug.clone(), purpose).await?;
    let body = format!(
        "<p>A command line on another machine asked for this code at {}, to act in your name in {}. Go on only if it was you.</p>\n\
         <p><a href=\"{}\">Sign in at the identity provider</a></p>",
        moment(Some(device.begun_at)),
        place(device.slug.as_ref()),
        escaped(&address)
    );
    let page = Reply::page(200, "Sign in on another machine", &body);
    Ok(with_browser(page, &browser))
}

/// A person has signed in for a device, and lets it act.
pub async fn approve(
    app: &App,
    request: &PortalRequest,
    name: &str,
    signed_in: SignedIn,
) -> Result<Reply, PortalError> {
    decide(app, request, name, &Decided::Approved(signed_in)).await?;
    let body =
        "<p>The other machine is signed in within some seconds. You can close this page.</p>";
    Ok(Reply::page(200, "Signed in", body))
}

/// A person has signed in for a device, and refuses.
pub async fn refuse(app: &App, request: &PortalRequest, name: &str) -> Result<Reply, PortalError> {
    decide(app, request, name, &Decided::Refused).await?;
    let body = "<p>The other machine gets nothing. You can close this page.</p>";
    Ok(Reply::page(200, "Refused", body))
}

async fn decide(
    app: &App,
    request: &PortalRequest,
    name: &str,
    decided: &Decided,
) -> Result<(), PortalError> {
    // The machine may ask at the same moment, and notes that it did.
    for _ in 0..5 {
        let kept = app
            .ledger
            .sign_in::<Device>(SignInKind::Device, name, request.now);
        let kept = kept.await?.ok_or_else(PortalError::stale)?;
        if kept.content.decided.is_some() {
            return Err(PortalError::stale());
        }
        let next = Device {
            decided: Some(decided.clone()),
            ..kept.content.clone()
        };
        let changed = app
            .ledger
            .change_sign_in(SignInKind::Device, name, &kept, &next);
        if changed.await? {
            return Ok(());
        }
    }
    Err(PortalError::stale())
}

/// `POST /oauth2/token` with a device code.
pub async fn token(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let name = hash(request.form.text("device_code"));
    let kept = app
        .ledger
        .sign_in::<Device>(SignInKind::Device, &name, request.now);
    let Some(kept) = kept.await? else {
        return Ok(Reply::oauth_error(
            "expired_token",
            "the code has expired or was used: run the command again",
        ));
    };
    if kept.content.decided.is_none() {
        return waiting(app, request, &name, kept).await;
    }
    let taken = app
        .ledger
        .take_sign_in::<Device>(SignInKind::Device, &name, request.now);
    let signed_in = match taken.await?.and_then(|device| device.decided) {
        Some(Decided::Approved(signed_in)) => signed_in,
        // RFC 8628, section 3.5.
        Some(Decided::Refused) => {
            let about = "the sign-in was refused in the browser";
            return Ok(Reply::oauth_error("access_denied", about));
        }
        None => {
            let about = "the code was used: run the command again";
            return Ok(Reply::oauth_error("expired_token", about));
        }
    };
    let begun = sessions::begin(app, signed_in, Holder::CommandLine, request.now);
    let (secret, session) = begun.await?;
    token::tokens(app, &secret, &session, request.now).await
}

async fn waiting(
    app: &App,
    request: &PortalRequest,
    name: &str,
    kept: Kept<Device>,
) -> Result<Reply, PortalError> {
    let since = kept
        .content
        .asked_at
        .map(|at| request.now.duration_since(at).as_secs());
    let noted = Device {
        asked_at: Some(request.now),
        ..kept.content.clone()
    };
    app.ledger
        .change_sign_in(SignInKind::Device, name, &kept, &noted)
        .await?;
    match since {
        // A second less: the network is not always as fast.
        Some(seconds) if seconds < INTERVAL_SECS - 1 => {
            Ok(Reply::oauth_error("slow_down", "ask less often"))
        }
        _ => Ok(Reply::oauth_error(
            "authorization_pending",
            "nobody has signed in yet",
        )),
    }
}
