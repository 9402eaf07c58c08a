//! Our own tokens: JWT signed by RS256, and the key set that verifies them.
//!
//! API Gateway's JWT authorizer takes RSA only. Source: API Gateway Developer Guide, "Control access to HTTP APIs with JWT
//! authorizers": "API Gateway supports only RSA-based algorithms".

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The public half of an RSA key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PublicKey {
    /// Reads DER of `SubjectPublicKeyInfo` with an RSA key (RFC 3279, section 2.3.1); `None` for any other.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (whole, _) = element(der, 0x30)?;
        let (_algorithm, rest) = element(whole, 0x30)?;
        let (bits, _) = element(rest, 0x03)?;
        // The first byte counts unused bits: none.
        let (numbers, _) = element(bits.strip_prefix(&[0])?, 0x30)?;
        let (modulus, rest) = element(numbers, 0x02)?;
        let (exponent, _) = element(rest, 0x02)?;
        let unsigned = |number: &[u8]| number.strip_prefix(&[0]).unwrap_or(number).to_vec();
        Some(Self {
            modulus: unsigned(modulus),
            exponent: unsigned(exponent),
        })
    }

    /// The key's id: its thumbprint (RFC 7638).
    pub fn id(&self) -> String {
        let [n, e] = [&self.modulus, &self.exponent].map(|number| BASE64URL_NOPAD.encode(number));
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        BASE64URL_NOPAD.encode(&Sha256::digest(canonical.as_bytes()))
    }

    /// The key as a member of a key set (RFC 7517).
    pub fn jwk(&self) -> Value {
        let [n, e] = [&self.modulus, &self.exponent].map(|number| BASE64URL_NOPAD.encode(number));
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id(), "n": n, "e": e })
    }
}

/// The content of an element of DER of this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// Header and claims as they are signed.
///
/// # Errors
/// If the claims are no JSON.
pub fn signing_input(key_id: &str, claims: &impl Serialize) -> Result<String, serde_json::Error> {
    let header = json!({ "alg": "RS256", "kid": key_id, "typ": "JWT" });
    let claims = serde_json::to_vec(claims)?;
    let [header, claims] =
        [header.to_string().into_bytes(), claims].map(|part| BASE64URL_NOPAD.encode(&part));
    Ok(format!("{header}.{claims}"))
}

/// The whole token.
pub fn signed(input: String, signature: &[u8]) -> String {
    format!("{input}.{}", BASE64URL_NOPAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_read_and_garbage_is_not() {
        let number = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let wrap = |tag: u8, content: &[u8]| {
            [&[tag, 0x81, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let key = wrap(0x30, &[number(&[0, 0xff, 1]), number(&[1, 0, 1])].concat());
        let bits = wrap(0x03, &[&[0][..], &key].concat());
        let der = wrap(0x30, &[wrap(0x30, &[5, 0]), bits].concat());
        let read = PublicKey::from_der(&der).unwrap();
        assert_eq!(
            (read.modulus.as_slice(), read.exponent.as_slice()),
            (&[0xff, 1][..], &[1, 0, 1][..])
        );
        for cut in 0..der.len() {
            assert_eq!(PublicKey::from_der(&der[..cut]), None);
        }
    }
}
