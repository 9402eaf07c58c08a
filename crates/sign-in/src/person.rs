//! Who a person is, from the verified claims of an ID token. Pure.

use serde_json::{Map, Value};
use tenancy::{
    Person,
    access::{Grantee, Provider as Whose},
};

use crate::{provider::Provider, refusal::Refused};

const MOST_GROUPS: usize = 100;
/// All of them together, in bytes.
const LONGEST_GROUPS: usize = 4_000;

/// The person of claims that were verified.
///
/// # Errors
/// Why he or she may not come in.
pub fn person(provider: &Provider, claims: &Map<String, Value>) -> Result<Person, Refused> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let tenant = provider.tenant.as_ref();
    let whose = tenant.map_or(Whose::Installation, |of| Whose::Tenant(of.id.clone()));
    // Whom no grant can name, every request would refuse: the same reader says so here.
    let is_one =
        |subject: &str| Grantee::person(whose.clone(), &provider.issuer, subject).is_some();
    if !is_one("anybody") {
        return Err(Refused::Issuer);
    }
    // OpenID Connect Core, section 2: a subject is ASCII.
    let is_plain = |subject: &str| subject.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let subject = text("sub").filter(|subject| is_plain(subject) && is_one(subject));
    let email = verified_email(claims);
    allowed(&provider.email_domains, email)?;
    Ok(Person {
        provider: provider.issuer.clone(),
        tenant: provider.tenant.as_ref().map(|tenant| tenant.id.clone()),
        slug: provider.tenant.as_ref().map(|tenant| tenant.slug.clone()),
        subject: subject.ok_or(Refused::Subject)?.to_owned(),
        email: email.map(str::to_owned),
        groups: groups(provider, claims)?,
    })
}

/// The e-mail address, if the provider says that it has verified it. Some write that as text.
fn verified_email(claims: &Map<String, Value>) -> Option<&str> {
    let verified = match claims.get("email_verified")? {
        Value::Bool(verified) => *verified,
        Value::String(text) => text == "true",
        _ => false,
    };
    let email = claims.get("email").and_then(Value::as_str);
    email.filter(|email| {
        let fits = email.len() <= 254 && email.bytes().all(|byte| byte.is_ascii_graphic());
        verified && fits && email.matches('@').count() == 1
    })
}

fn allowed(domains: &[String], email: Option<&str>) -> Result<(), Refused> {
    if domains.is_empty() {
        return Ok(());
    }
    let email = email.ok_or(Refused::UnverifiedEmail)?;
    let domain = email.rsplit('@').next().unwrap_or_default();
    let is_one = domains.iter().any(|one| one.eq_ignore_ascii_case(domain));
    is_one.then_some(()).ok_or(Refused::ForeignEmail)
}

/// The groups of the claim that is configured: a list of texts, or one text.
fn groups(provider: &Provider, claims: &Map<String, Value>) -> Result<Vec<String>, Refused> {
    let Some(claim) = &provider.groups_claim else {
        return Ok(Vec::new());
    };
    let groups: Vec<String> = match claims.get(claim) {
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    };
    let length: usize = groups.iter().map(String::len).sum();
    if groups.len() > MOST_GROUPS || length > LONGEST_GROUPS {
        return Err(Refused::TooManyGroups);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider(domains: &[&str]) -> Provider {
        Provider {
            issuer: "https://id.example".into(),
            client_id: "client".into(),
            client_secret: None,
            groups_claim: Some("teams".into()),
            email_domains: domains.iter().map(|&domain| domain.into()).collect(),
            era: String::new(),
            tenant: None,
        }
    }

    fn of(domains: &[&str], claims: Value) -> Result<Person, Refused> {
        person(&provider(domains), claims.as_object().unwrap())
    }

    #[test]
    fn groups_come_from_the_claim_that_is_configured_and_from_no_other() {
        let claims = json!({ "sub": "ann", "groups": ["operators"], "roles": ["admin"], "teams": ["dev", 7] });
        assert_eq!(of(&[], claims).unwrap().groups, ["dev"]);
        let claims = json!({ "sub": "ann", "groups": ["operators"] });
        assert!(of(&[], claims).unwrap().groups.is_empty());
        let many: Vec<String> = (0..101).map(|n| format!("g{n}")).collect();
        let claims = json!({ "sub": "ann", "teams": many });
        assert_eq!(of(&[], claims), Err(Refused::TooManyGroups));
    }

    #[test]
    fn an_email_of_a_foreign_domain_or_an_unverified_one_is_refused() {
        let with = |email: &str, verified: Value| json!({ "sub": "ann", "email": email, "email_verified": verified });
        let domains = ["acme.example"];
        let ann = of(&domains, with("ann@ACME.example", true.into())).unwrap();
        assert_eq!(ann.email.as_deref(), Some("ann@ACME.example"));
        for email in [
            "ann@evil.example",
            "ann@acme.example.evil.example",
            "ann@sub.acme.example",
        ] {
            assert_eq!(
                of(&domains, with(email, true.into())),
                Err(Refused::ForeignEmail),
                "{email}"
            );
        }
        for email in ["ann@evil.example@acme.example", "acme.example"] {
            assert_eq!(
                of(&domains, with(email, true.into())),
                Err(Refused::UnverifiedEmail)
            );
        }
        for verified in [json!(false), json!("false"), json!(1), Value::Null] {
            let refused = of(&domains, with("ann@acme.example", verified));
            assert_eq!(refused, Err(Refused::UnverifiedEmail));
        }
        assert_eq!(
            of(&domains, json!({ "sub": "ann" })),
            Err(Refused::UnverifiedEmail)
        );
        // Where no domain is demanded, an unverified address is simply not passed on.
        let ann = of(&[], with("ann@acme.example", false.into())).unwrap();
        assert_eq!(ann.email, None);
    }

    #[test]
    fn a_person_without_a_usable_subject_is_nobody() {
        for claims in [
            json!({}),
            json!({ "sub": "" }),
            json!({ "sub": 7 }),
            json!({ "sub": "ä" }),
            json!({ "sub": " ann" }),
            json!({ "sub": "ann " }),
            json!({ "sub": "x".repeat(256) }),
        ] {
            assert_eq!(of(&[], claims), Err(Refused::Subject));
        }
        let named = of(&[], json!({ "sub": "Ann Bee" })).unwrap();
        assert_eq!(named.subject, "Ann Bee");
    }

    #[test]
    fn nobody_comes_in_by_an_issuer_that_no_grant_can_name() {
        let by = |issuer: String| {
            let provider = Provider {
                issuer,
                ..provider(&[])
            };
            person(&provider, json!({ "sub": "ann" }).as_object().unwrap())
        };
        let longest = format!("https://id.example/{}", "x".repeat(236));
        assert_eq!(longest.len(), 255);
        assert!(by(longest.clone()).is_ok());
        assert_eq!(by(format!("{longest}x")), Err(Refused::Issuer));
    }
}
