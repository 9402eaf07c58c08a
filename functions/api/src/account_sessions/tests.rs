use tenancy::access::{Machine, Person, Provider};

use super::*;

fn fits(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (2..=64).contains(&text.len()) && text.chars().all(plain)
}

fn person(email: Option<&str>, subject: &str) -> Principal {
    Principal::Person(Person {
        provider: Provider::Installation,
        issuer: "https://idp.example".into(),
        subject: subject.into(),
        email: email.map(str::to_owned),
        groups: Vec::new(),
    })
}

#[test]
fn a_source_identity_is_what_aws_takes_and_tells_apart_who_has_one_name() {
    let long = "x".repeat(300);
    let machine = Machine::new("arn:aws:sts::111111111111:assumed-role/platform/ann");
    let all = [
        person(Some("ann@acme.example"), "1"),
        person(Some("ann@acme.example"), "2"),
        person(None, "名前 と / スラッシュ"),
        person(Some(&long), "3"),
        Principal::Machine(machine),
    ];
    let named: Vec<String> = all.iter().map(source_identity).collect();
    assert!(named.iter().all(|name| fits(name)), "{named:?}");
    assert!(named[0].starts_with("ann@acme.example-"));
    assert_ne!(named[0], named[1]);
    assert!(named[4].starts_with("ann-"));
}
