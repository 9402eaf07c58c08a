//! The command line's way in through the browser of its machine (RFC 8252).

use sign_in::redirect::loopback;

use crate::{
    app::App,
    begin::{Purpose, begin, with_browser},
    error::PortalError,
    forms::is_random,
    reply::Reply,
    request::PortalRequest,
};

/// The one client there is.
pub const CLIENT: &str = "tenantry-cli";

/// `GET /oauth2/authorize`
pub async fn authorize(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let query = &request.query;
    let wrong = |what: &str| {
        let message = format!(
            "The command line asked in a way that is not allowed: {what}. Install its newest release."
        );
        PortalError::new(400, message)
    };
    // What is wrong is shown here: nobody is sent to an address that was not checked.
    let redirect = loopback(query.text("redirect_uri"));
    let redirect = redirect.ok_or_else(|| wrong("the redirect address is not on loopback"))?;
    let challenge = query.text("code_challenge");
    let state = query.text("state");
    let checks = [
        (query.text("client_id") == CLIENT, "the client is not known"),
        (
            query.text("response_type") == "code",
            "the response type is not `code`",
        ),
        (
            query.text("code_challenge_method") == "S256",
            "the challenge is not by S256",
        ),
        (is_random(challenge), "there is no challenge"),
        ((16..=256).contains(&state.len()), "there is no state"),
    ];
    if let Some((_, what)) = checks.iter().find(|(fits, _)| !fits) {
        return Err(wrong(what));
    }
    let slug = match query.get("tenant") {
        Some(slug) => Some(slug.parse().map_err(|_| PortalError::no_such_address())?),
        None => None,
    };
    let purpose = Purpose::CommandLine {
        asked_at: request.now,
        redirect: redirect.into(),
        state: state.to_owned(),
        challenge: challenge.to_owned(),
    };
    let (address, browser) = begin(app, request, slug, purpose).await?;
    Ok(with_browser(Reply::redirect(&address), &browser))
}
