//! The e-mail address of a tenant's account: the natural key that makes `CreateAccount` safe to ask for again.
//!
//! Source of the rules: Organizations API reference, `CreateAccount`, parameter `Email`; plus-addressing counts within the 64. An alternate
//! contact of an account has fewer addresses: Account Management Reference, `AlternateContact`, `EmailAddress`.

use crate::id::{Email, Malformed, TenantId};

/// A template such as `aws+{tenant}@example.com`, checked to give valid and distinct addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailTemplate(String);

impl EmailTemplate {
    /// Checks a template: it must hold `{tenant}` once and give a valid address for every tenant and generation.
    ///
    /// # Errors
    /// [`Malformed`] says what is allowed.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let template = Self(text.to_owned());
        let longest = TenantId::from_random([0xff; 10]);
        // Generation 99 is the longest suffix that is ever appended.
        if text.matches("{tenant}").count() == 1 && template.address(&longest, 99).is_ok() {
            return Ok(template);
        }
        Err(Malformed {
            what: "e-mail template",
            found: text.to_owned(),
            allowed: "an address of at most 50 characters that holds `{tenant}` once before the `@`, such as `aws+{tenant}@example.com`",
        })
    }

    /// The address of a tenant's account of the given generation. Generation 1 has no suffix; a later one (an account made
    /// after the first was closed, whose address AWS never frees) has `-2`, `-3`, …
    ///
    /// # Errors
    /// [`Malformed`] if the template and the id do not make a valid address; a parsed template never does.
    pub fn address(&self, tenant: &TenantId, generation: u32) -> Result<Email, Malformed> {
        let who = if generation <= 1 {
            tenant.to_string()
        } else {
            format!("{tenant}-{generation}")
        };
        self.0.replace("{tenant}", &who).parse()
    }
}

/// Whether AWS Organizations accepts `text` as the e-mail address of an account.
pub fn is_valid(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    const FORBIDDEN: &str = "\"'()<>[]:;,\\|%&";
    (6..=64).contains(&text.len())
        && text.is_ascii()
        && !local.is_empty()
        && !local.starts_with('.')
        && local
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !FORBIDDEN.contains(c))
        && domain.contains('.')
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && domain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

/// What an address of an alternate contact may be, in words.
pub const OF_A_CONTACT: &str = "with a telephone number (`phone`) the contact becomes an alternate contact of the AWS account, which has only \
    letters, digits and `_+=.#!-` before the `@`, and only letters and digits after the last dot";

/// Whether AWS accepts `text`, an e-mail address of an account, for an alternate contact too.
pub fn is_of_a_contact(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let Some((_, last)) = domain.rsplit_once('.') else {
        return false;
    };
    let is_taken = |c: char| c.is_ascii_alphanumeric() || "_+=.#!-".contains(c);
    local.chars().all(is_taken) && last.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_rules_of_organizations() {
        for good in ["a@b.co", "aws+t-abc@example.com", "x.y-z_1@sub.example.org"] {
            assert!(is_valid(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(60));
        for bad in [
            "",
            "a",
            "a@b",
            "@b.com",
            ".a@b.com",
            "a b@c.com",
            "a@b..com",
            "a@@b.com",
            "a,b@c.com",
            "ä@b.com",
            "a@b_c.com",
            "a@-b.com",
            &long,
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn an_alternate_contact_has_fewer_addresses_than_an_account() {
        for good in [
            "ann@acme.example",
            "a_b+c=d.e#f!g-h@my-acme.example",
            "soc@xn--mnchen-3ya.example",
        ] {
            assert!(is_valid(good) && is_of_a_contact(good), "{good}");
        }
        // AWS: `[\w+=.#|!&-]+@[\w.-]+\.[\w]+`.
        let marks = "*/?^`{}~$".chars();
        let marked = marks.map(|mark| format!("ann{mark}b@acme.example"));
        for bad in marked.chain(["ann@acme.xn--p1ai".to_owned()]) {
            assert!(is_valid(&bad) && !is_of_a_contact(&bad), "{bad}");
        }
        for none in ["", "ann", "ann@acme"] {
            assert!(!is_of_a_contact(none), "{none}");
        }
    }

    #[test]
    fn a_template_gives_each_tenant_and_generation_its_own_address() {
        let template = EmailTemplate::parse("aws+{tenant}@example.com").unwrap();
        let id = TenantId::from_random([1; 10]);
        assert_eq!(
            template.address(&id, 1).unwrap().as_str(),
            format!("aws+{id}@example.com")
        );
        assert_eq!(
            template.address(&id, 2).unwrap().as_str(),
            format!("aws+{id}-2@example.com")
        );
    }

    #[test]
    fn a_template_without_tenant_or_too_long_is_refused() {
        for bad in [
            "aws@example.com",
            "aws+{tenant}",
            "{tenant}{tenant}@example.com",
            "aws+{tenant}@a-very-long-domain-name-that-leaves-no-room.example.com",
        ] {
            assert!(EmailTemplate::parse(bad).is_err(), "{bad}");
        }
    }
}
