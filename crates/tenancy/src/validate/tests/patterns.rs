//! The patterns of texts that people write, in the schemas of what callers send, say of every character what the readers say.

use jsonschema::Validator;
use schemars::{JsonSchema, schema_for};
use serde_json::json;

use crate::{
    FieldError, Spec,
    spec::Contact,
    text::is_deceptive,
    validate::form::{contact_name, contact_title, tenant_name},
};

type Read = fn(&str, &str) -> Result<String, FieldError>;

fn schema_of<T: JsonSchema>(property: &str) -> Validator {
    let schema = schema_for!(T);
    let pointer = format!("/properties/{property}");
    jsonschema::validator_for(schema.pointer(&pointer).unwrap()).unwrap()
}

/// Deceptive ones with those beside them, and white space.
fn characters() -> impl Iterator<Item = char> {
    let near = |c: &char| {
        let code = u32::from(*c);
        let mut beside = [code.saturating_sub(1), code + 1].into_iter();
        beside.any(|code| char::from_u32(code).is_some_and(is_deceptive))
    };
    let all = '\0'..=char::MAX;
    all.filter(move |c| is_deceptive(*c) || c.is_whitespace() || c.is_ascii() || near(c))
}

#[test]
fn patterns_and_readers_agree_on_every_character_wherever_it_stands() {
    let table: [(&str, Validator, Read); 3] = [
        ("name", schema_of::<Spec>("name"), tenant_name),
        ("name", schema_of::<Contact>("name"), contact_name),
        ("title", schema_of::<Contact>("title"), contact_title),
    ];
    for (field, schema, read) in table {
        let (mut taken, mut refused) = (0, 0);
        for c in characters() {
            for text in [
                format!("{c}"),
                format!("{c}a"),
                format!("a{c}"),
                format!("a{c}b"),
            ] {
                let is_read = read(field, &text).is_ok();
                assert_eq!(schema.is_valid(&json!(text)), is_read, "{field} {text:?}");
                *if is_read { &mut taken } else { &mut refused } += 1;
            }
        }
        assert!(taken > 300 && refused > 4_000 * 4, "{taken} {refused}");
    }
}
