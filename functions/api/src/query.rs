//! Query parameters and path parameters, read strictly: nothing unknown, nothing twice, every error named.

use std::{collections::BTreeMap, str::FromStr};

use axum::extract::{FromRequestParts, Query as Pairs, RawPathParams};
use http::request::Parts;
use tenancy::{
    OperationId,
    id::Malformed,
    spec::FieldError,
    validate::{self, TenantKey, quoted},
};

use crate::{authorization::Permitted, refusal::Refusal};

/// Items on a page unless the caller says otherwise.
const PAGE: usize = 50;
/// Items on a page at most.
const MOST: usize = 100;

/// The query of a request. Take the known parameters, then call [`Query::done`].
#[derive(Debug, Default)]
pub struct Query {
    given: BTreeMap<String, String>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| {
            let allowed = "names and values, percent-encoded";
            Refusal::invalid(vec![FieldError::new("(query)", "cannot be read", allowed)])
        })?;
        let mut query = Self::default();
        for (name, value) in pairs.0 {
            if query.given.contains_key(&name) {
                let shown: String = name.chars().take(80).collect();
                query.errors.push(FieldError::new(
                    shown,
                    "is given twice",
                    "each parameter once",
                ));
            }
            query.given.insert(name, value);
        }
        Ok(query)
    }
}

impl Query {
    /// A parameter as `read` understands it; `allowed` says what it may be.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let text = self.given.remove(name)?;
        let value = read(&text);
        if value.is_none() {
            let detail = format!("{} is not allowed", quoted(&text));
            self.errors.push(FieldError::new(name, detail, allowed));
        }
        value
    }

    /// A parameter that is one of some words.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.take(name, &allowed.join(", "), |text| {
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value)
        })
    }

    /// A parameter that is `true` or `false`, and `false` when absent.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.word(name, &[("true", true), ("false", false)])
            .unwrap_or(false)
    }

    /// `limit`.
    pub fn limit(&mut self) -> Option<usize> {
        let allowed = format!("a whole number from 1 to {MOST}, without sign or leading zero");
        self.take("limit", &allowed, |text| {
            let number = validate::number("limit", text, 1, MOST as u64).ok()?;
            usize::try_from(number).ok()
        })
    }

    /// `limit` and `cursor`.
    pub fn page(&mut self) -> (usize, Option<String>) {
        let limit = self.limit();
        let cursor = self.take("cursor", "the `nextCursor` of an earlier answer", |text| {
            let fits = !text.is_empty() && text.len() <= 2048 && text.is_ascii();
            fits.then(|| text.to_owned())
        });
        (limit.unwrap_or(PAGE), cursor)
    }

    /// Refuses invalid and unknown parameters.
    pub fn done(mut self) -> Result<(), Refusal> {
        let known = if self.known.is_empty() {
            "no parameters".to_owned()
        } else {
            self.known.join(", ")
        };
        for name in self.given.keys() {
            let shown: String = name.chars().take(80).collect();
            self.errors
                .push(FieldError::new(shown, "unknown parameter", known.clone()));
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(self.errors))
        }
    }
}

/// The tenant that was decided about, which the path names by id or slug.
#[derive(Debug)]
pub struct TenantPath(pub TenantKey);

/// The operation named in the path.
#[derive(Debug)]
pub struct OperationPath(pub OperationId);

/// A tenant in the path, and what of it.
#[derive(Debug)]
pub struct PathWithin<T>(pub TenantKey, pub T);

impl<S: Send + Sync, T: FromStr<Err = Malformed>> FromRequestParts<S> for PathWithin<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let TenantPath(key) = TenantPath::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let last = params.ok().and_then(|params| {
            let (_, value) = params.iter().last()?;
            Some(value.to_owned())
        });
        within(&last.unwrap_or_default()).map(|within| Self(key, within))
    }
}

/// The last part of a path, as its type reads it.
pub(crate) fn within<T: FromStr<Err = Malformed>>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|malformed: Malformed| {
        let detail = format!("{} is no {}", quoted(text), malformed.what);
        nowhere(FieldError::new(malformed.what, detail, malformed.allowed))
    })
}

/// The one parameter of the path, as it is.
#[derive(Debug)]
pub struct NamePath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for NamePath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let name = params
            .ok()
            .and_then(|params| params.iter().next().map(|(_, value)| value.to_owned()));
        name.map(Self)
            .ok_or_else(|| Refusal::not_found("the path cannot be read"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TenantPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let NamePath(text) = NamePath::from_request_parts(parts, state).await?;
        let key = validate::tenant_key(&text).map_err(nowhere)?;
        // What was decided about is what is handled: a slug may have another tenant by now.
        let permitted = parts.extensions.get::<Permitted>();
        let decided = permitted.and_then(|permitted| permitted.resource.tenant());
        Ok(Self(decided.map_or(key, |id| TenantKey::Id(id.clone()))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OperationPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let NamePath(text) = NamePath::from_request_parts(parts, state).await?;
        validate::operation_id(&text).map(Self).map_err(nowhere)
    }
}

/// What is not even an id names nothing.
pub(crate) fn nowhere(error: FieldError) -> Refusal {
    Refusal::not_found(error.detail.clone()).with_errors(vec![error])
}
