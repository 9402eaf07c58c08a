//! The ID token: its signature, issuer, audience, nonce and times.

use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use openidconnect::{
    ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata},
};
use serde_json::{Map, Value};

use crate::{provider::Provider, providers::Discovered, refusal::Refused};

/// An ID token comes straight from the provider: it says the time at which it was made.
const CLOCK_SECS: i64 = 120;

/// The algorithms that an ID token may be signed by: none that a shared secret or nothing at all signs.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// The algorithms that both sides take.
pub(crate) fn algorithms(metadata: &CoreProviderMetadata) -> Vec<CoreJwsSigningAlgorithm> {
    let offered = metadata.id_token_signing_alg_values_supported();
    ALGORITHMS
        .into_iter()
        .filter(|one| offered.contains(one))
        .collect()
}

/// Why claims were refused.
pub(crate) enum Unverified {
    /// The key is not known: it may be new.
    Key,
    Refused(Refused),
}

impl From<Unverified> for Refused {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Key => Self::IdToken {
                why: "its signature is by none of the provider's keys",
            },
            Unverified::Refused(refused) => refused,
        }
    }
}

/// The claims of an ID token with the right signature, issuer, audience and nonce. Its times are checked by [`in_time`].
pub(crate) fn verified(
    known: &Discovered,
    provider: &Provider,
    token: &str,
    nonce: &str,
) -> Result<Map<String, Value>, Unverified> {
    let refused = |why| Unverified::Refused(Refused::IdToken { why });
    let allowed = algorithms(&known.metadata);
    if allowed.is_empty() {
        return Err(Unverified::Refused(Refused::Algorithms));
    }
    let issuer = IssuerUrl::new(provider.issuer.clone());
    let issuer = issuer.map_err(|_| refused("the issuer is no address"))?;
    let client = ClientId::new(provider.client_id.clone());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, known.keys.clone())
        .set_allowed_algs(allowed)
        .set_time_fn(Default::default);
    let read = CoreIdToken::from_str(token).map_err(|_| refused("it cannot be read"))?;
    let nonce = Nonce::new(nonce.to_owned());
    read.claims(&verifier, &nonce).map_err(unverified)?;
    // What was verified is this very text.
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes());
    let claims = payload
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    claims.ok_or_else(|| refused("it cannot be read"))
}

fn unverified(error: ClaimsVerificationError) -> Unverified {
    use SignatureVerificationError as Signature;
    let why = match error {
        ClaimsVerificationError::SignatureVerification(
            Signature::NoMatchingKey | Signature::CryptoError(_) | Signature::AmbiguousKeyId(_),
        ) => return Unverified::Key,
        ClaimsVerificationError::SignatureVerification(Signature::NoSignature) => {
            "it is not signed"
        }
        ClaimsVerificationError::SignatureVerification(_) => "its algorithm is not allowed",
        ClaimsVerificationError::InvalidIssuer(_) => "it is of another issuer",
        ClaimsVerificationError::InvalidAudience(_) => "it is for another client",
        ClaimsVerificationError::InvalidNonce(_) => "it is not of this sign-in",
        ClaimsVerificationError::Expired(_) => "it has expired",
        _ => "its claims cannot be verified",
    };
    Unverified::Refused(Refused::IdToken { why })
}

/// Whether the token was made now and has not expired.
pub(crate) fn in_time(claims: &Map<String, Value>, now: Timestamp) -> Result<(), Refused> {
    let second = |name: &str| {
        let value = claims.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|number| number as i64))
    };
    let seconds = now.as_second();
    let made = second("iat").ok_or(Refused::IdToken {
        why: "it does not say when it was made",
    })?;
    let off = made.saturating_sub(seconds);
    if off.saturating_abs() > CLOCK_SECS {
        let ours = Timestamp::from_second(seconds).unwrap_or(now);
        return Err(Refused::Clock { seconds: off, ours });
    }
    let skewed = |limit: i64| limit.saturating_add(CLOCK_SECS);
    if second("exp").is_none_or(|expires| skewed(expires) <= seconds || expires <= made) {
        return Err(Refused::IdToken {
            why: "it has expired",
        });
    }
    if second("nbf").is_some_and(|begins| begins > skewed(seconds)) {
        return Err(Refused::IdToken {
            why: "it is not valid yet",
        });
    }
    Ok(())
}
