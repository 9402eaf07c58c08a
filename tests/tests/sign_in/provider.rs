//! A small OpenID provider: discovery, keys, authorization code with PKCE, ID tokens by RS256. It signs everybody in as one person.

use std::{
    collections::HashMap,
    convert::Infallible,
    process::Command,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

pub const CLIENT: &str = "portal-client";
pub const SECRET: &str = "a-client-secret";

/// What it does unlike a good provider.
#[derive(Clone, Default)]
pub struct Manners {
    /// Claims that are added to ID tokens, in the place of its own.
    pub claims: Map<String, Value>,
    /// How far its clock is off, in seconds.
    pub clock: i64,
    /// The second of its keys signs, and is the only one that it publishes.
    pub rotated: bool,
    /// Tokens are not signed.
    pub unsigned: bool,
    /// The last letter of the payload is another.
    pub tampered: bool,
    /// What it calls itself.
    pub issuer: Option<String>,
    /// Every answer takes so long.
    pub delay: Option<Duration>,
    /// Every answer of the token endpoint takes so long.
    pub token_delay: Option<Duration>,
    /// Discovery has no end.
    pub is_huge: bool,
    /// Every answer has this status.
    pub status: Option<u16>,
    /// The nonce of ID tokens is another.
    pub forgets_nonce: bool,
    /// Where it sends people back to, if not to the portal of these tests; its client has no secret then.
    pub portal: Option<String>,
}

struct Inner {
    address: String,
    manners: Mutex<Manners>,
    codes: Mutex<HashMap<String, (String, String, String)>>,
    asked: Mutex<HashMap<String, usize>>,
}

/// A running provider.
#[derive(Clone)]
pub struct IdentityProvider(Arc<Inner>);

impl IdentityProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self(Arc::new(Inner {
            address,
            manners: Mutex::default(),
            codes: Mutex::default(),
            asked: Mutex::default(),
        }));
        let served = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let served = served.clone();
                        async move { Ok::<_, Infallible>(served.answer(request).await) }
                    });
                    let io = TokioIo::new(stream);
                    let _ = http1::Builder::new().serve_connection(io, service).await;
                });
            }
        });
        provider
    }

    pub fn issuer(&self) -> &str {
        &self.0.address
    }

    pub fn behave(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.0.manners.lock().unwrap());
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let asked = self.0.asked.lock().unwrap();
        asked.get(path).copied().unwrap_or_default()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let manners = self.0.manners.lock().unwrap().clone();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        *self
            .0
            .asked
            .lock()
            .unwrap()
            .entry(path.clone())
            .or_default() += 1;
        let of_tokens = manners.token_delay.filter(|_| path == "/token");
        if let Some(delay) = manners.delay.or(of_tokens) {
            tokio::time::sleep(delay).await;
        }
        if let Some(status) = manners.status {
            return reply(status, json!({}));
        }
        let query = pairs(parts.uri.query().unwrap_or_default());
        match path.as_str() {
            "/.well-known/openid-configuration" => self.discovery(&manners),
            "/keys" => reply(200, json!({ "keys": [jwk(manners.rotated)] })),
            "/authorize" => self.authorize(&query, &manners),
            "/token" => {
                let body = body.collect().await.unwrap().to_bytes();
                let form = pairs(std::str::from_utf8(&body).unwrap());
                let basic = parts.headers.get("authorization");
                let wanted = format!("Basic {}", base64(&format!("{CLIENT}:{SECRET}")));
                let is_public = manners.portal.is_some()
                    && form.get("client_id").is_some_and(|id| id == CLIENT);
                match is_public || basic.is_some_and(|basic| *basic == *wanted) {
                    true => self.token(&form, &manners),
                    false => reply(401, json!({ "error": "invalid_client" })),
                }
            }
            _ => reply(404, json!({})),
        }
    }

    fn discovery(&self, manners: &Manners) -> Response<Full<Bytes>> {
        let at = |path: &str| format!("{}{path}", self.0.address);
        let mut document = json!({
            "issuer": manners.issuer.as_deref().unwrap_or(&self.0.address),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]
        });
        if manners.is_huge {
            document["padding"] = "x".repeat(1 << 20).into();
        }
        reply(200, document)
    }

    /// Knows one redirect address: the one of the tenant that its name begins with, or of the installation.
    fn authorize(
        &self,
        query: &HashMap<String, String>,
        manners: &Manners,
    ) -> Response<Full<Bytes>> {
        let portal = manners
            .portal
            .as_deref()
            .unwrap_or("https://portal.example");
        let redirect = &query["redirect_uri"];
        let is_known = redirect.starts_with(&format!("{portal}/oauth2/callback"));
        if query["client_id"] != CLIENT || !is_known {
            return reply(400, json!({ "error": "invalid_request" }));
        }
        assert_eq!(query["code_challenge_method"], "S256");
        let code = format!("code-{}", rand::random::<u64>());
        let kept = (
            query["nonce"].clone(),
            query["code_challenge"].clone(),
            redirect.clone(),
        );
        self.0.codes.lock().unwrap().insert(code.clone(), kept);
        let mut back = reqwest::Url::parse(redirect).unwrap();
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &query["state"]);
        let response = Response::builder()
            .status(302)
            .header("location", back.as_str());
        response.body(Full::default()).unwrap()
    }

    fn token(&self, form: &HashMap<String, String>, manners: &Manners) -> Response<Full<Bytes>> {
        let kept = self.0.codes.lock().unwrap().remove(&form["code"]);
        let Some((nonce, challenge, redirect)) = kept else {
            return reply(400, json!({ "error": "invalid_grant" }));
        };
        let met = sign_in::secrets::challenge(&form["code_verifier"]) == challenge;
        assert!(met && form["redirect_uri"] == redirect);
        let now = jiff::Timestamp::now().as_second() + manners.clock;
        let nonce = if manners.forgets_nonce {
            "another"
        } else {
            &nonce
        };
        let mut claims = json!({
            "iss": self.0.address, "aud": CLIENT, "sub": "ann", "nonce": nonce, "iat": now, "exp": now + 300,
            "email": "ann@acme.example", "email_verified": true, "groups": ["developers"]
        });
        for (name, value) in &manners.claims {
            claims[name] = value.clone();
        }
        let id_token = signed(&claims, manners);
        reply(
            200,
            json!({ "access_token": "unused", "token_type": "Bearer", "id_token": id_token }),
        )
    }
}

fn signed(claims: &Value, manners: &Manners) -> String {
    let name = if manners.rotated { "second" } else { "first" };
    let header = match manners.unsigned {
        true => json!({ "alg": "none" }),
        false => json!({ "alg": "RS256", "kid": name }),
    };
    let input = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    );
    if manners.unsigned {
        return format!("{input}.");
    }
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    let signature = key(manners.rotated)
        .sign(&algorithm, input.as_bytes())
        .unwrap();
    let input = match manners.tampered {
        true => {
            let claims = claims.to_string().replace("\"ann\"", "\"bob\"");
            format!(
                "{}.{}",
                base64url(header.to_string().as_bytes()),
                base64url(claims.as_bytes())
            )
        }
        false => input,
    };
    format!("{input}.{}", base64url(&signature))
}

fn jwk(second: bool) -> Value {
    serde_json::to_value(key(second).as_verification_key()).unwrap()
}

/// Two keys, made anew in each run: no key is in the tree.
fn key(second: bool) -> &'static CoreRsaPrivateSigningKey {
    static KEYS: OnceLock<[CoreRsaPrivateSigningKey; 2]> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        ["first", "second"].map(|name| {
            let id = JsonWebKeyId::new(name.to_owned());
            CoreRsaPrivateSigningKey::from_pem(&fresh_pem(), Some(id)).unwrap()
        })
    });
    &keys[usize::from(second)]
}

fn fresh_pem() -> String {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../.local/venv/bin/python");
    let program = "from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization as s
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()).decode())";
    let made = Command::new(python).args(["-c", program]).output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    format!("{}\n", String::from_utf8(made.stdout).unwrap().trim())
}

pub fn base64url(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

fn base64(text: &str) -> String {
    data_encoding::BASE64.encode(text.as_bytes())
}

pub fn pairs(text: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn reply(status: u16, body: Value) -> Response<Full<Bytes>> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(Full::from(body.to_string())).unwrap()
}
