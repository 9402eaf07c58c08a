//! Block of public access to S3, for the whole account.

use tenancy::EffectiveSpec;

use super::{Reach, Switch};
pub use crate::resources::PublicAccess;

impl Switch for PublicAccess {
    const REACH: Reach = Reach::Account;
    const READ: &'static str = "s3:GetAccountPublicAccessBlock";
    const WRITES: &'static [&'static str] = &["s3:PutAccountPublicAccessBlock"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self::ALL)
    }
}
