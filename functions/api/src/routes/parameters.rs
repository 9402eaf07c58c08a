//! Parameters that several routes share.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Param, SchemaOf};

pub(super) fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

pub(super) const fn query(name: &'static str, about: &'static str, schema: SchemaOf) -> Param {
    Param {
        name,
        place: "query",
        about,
        schema,
    }
}

pub(super) const LIMIT: Param = query(
    "limit",
    "Items on a page; 50 unless given.",
    |_| json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }),
);
pub(super) const CURSOR: Param = query(
    "cursor",
    "The `nextCursor` of the previous page of the same list.",
    |_| json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,2048}$" }),
);
pub(super) const KEY: Param = Param {
    name: "Idempotency-Key",
    place: "header",
    about: "Makes the request safe to repeat for 24 hours.",
    schema: |_| json_schema!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" }),
};
pub(super) const IF_MATCH: Param = Param {
    name: "If-Match",
    place: "header",
    about: "The ETag of the tenant as the caller knows it; refused with 412 when the tenant has changed since.",
    schema: version,
};

/// A version as an `ETag` writes it, or any.
pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^(\\*|\"(0|[1-9][0-9]*)\")$" })
}
