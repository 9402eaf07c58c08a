//! The person that a verified token names.

use std::collections::BTreeMap;

use tenancy::access::{Grantee, MOST_GROUPS, Person, Provider};

/// Claims by which nobody is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableClaims {
    /// It does not name anybody.
    #[error("the claim `{0}` is absent or cannot be read")]
    Unreadable(&'static str),
    /// Not all of them would count, and none is left out without a word.
    #[error(
        "the token names more than {MOST_GROUPS} groups: let the identity provider send only those that are used here"
    )]
    TooManyGroups,
}

/// The person whom these claims name, as API Gateway hands them on: every claim as text.
///
/// # Errors
/// A claim that is absent or malformed: whoever cannot be named to the letter is nobody.
pub fn person(claims: &BTreeMap<String, String>) -> Result<Person, UnusableClaims> {
    let unusable = UnusableClaims::Unreadable;
    let text = |claim: &'static str| claims.get(claim).ok_or_else(|| unusable(claim));
    let provider = match claims.get("tenant") {
        Some(tenant) => Provider::Tenant(tenant.parse().map_err(|_| unusable("tenant"))?),
        None => Provider::Installation,
    };
    let (issuer, subject) = (text("provider")?, text("sub")?);
    // One reader for grants and tokens: what no grant can name is nobody.
    if Grantee::person(provider.clone(), issuer, subject).is_none() {
        return Err(unusable("sub"));
    }
    let mut groups: Vec<String> = match claims.get("groups").map(String::as_str) {
        None | Some("") => Vec::new(),
        Some(list) => serde_json::from_str(list).map_err(|_| unusable("groups"))?,
    };
    if groups.len() > MOST_GROUPS {
        return Err(UnusableClaims::TooManyGroups);
    }
    // No grant can name a group that is written otherwise, and the rows of groups are keyed by their names.
    groups.retain(|group| group.len() <= Grantee::LONGEST && !group.chars().any(char::is_control));
    Ok(Person {
        provider,
        issuer: issuer.clone(),
        subject: subject.clone(),
        email: claims.get("email").cloned(),
        groups,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn a_person_is_read_from_claims_and_who_cannot_be_named_is_nobody() {
        let good = [
            ("provider", "https://idp.example.com"),
            ("sub", "ann"),
            ("tenant", "t-aaaaaaaaaaaaaaaa"),
            ("groups", r#"["devs","ops"]"#),
        ];
        let ann = person(&claims(&good)).unwrap();
        assert_eq!(ann.groups, ["devs", "ops"]);
        assert_eq!(ann.provider.to_string(), "t-aaaaaaaaaaaaaaaa");
        for (name, value) in [
            ("tenant", ""),
            ("tenant", "installation"),
            ("tenant", "t-aaaaaaaaaaaaaaaa/web"),
            ("provider", ""),
            ("provider", "https://idp.example.com#x"),
            ("sub", ""),
            ("sub", " ann"),
            ("groups", "devs"),
            ("groups", r#"{"a":1}"#),
            ("groups", "[1]"),
        ] {
            let mut bad = claims(&good);
            bad.insert(name.to_owned(), value.to_owned());
            assert!(person(&bad).is_err(), "{name} {value}");
        }
    }
}
