//! Where a switch is read and set, and what is said of it.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use baseline::{
    Desired,
    declared::{Declared, Key},
    guard::Guard,
};
use tenancy::{Failure, Region};

use crate::{
    calls::checked,
    errors::HttpStatus,
    ledger::NewIntent,
    pass::{PassContext, account},
};

/// A Region of an account; what a switch of the whole account is asked by is a Region too.
pub(super) struct SwitchContext<'a> {
    pub(super) pass: &'a PassContext,
    pub(super) desired: &'a Desired,
    pub(super) region: &'a Region,
    pub(super) key: &'a Key,
    /// What the switch is called.
    pub(super) title: &'static str,
}

impl SwitchContext<'_> {
    /// EC2 in the Region.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(super) async fn ec2(&self) -> Result<aws_sdk_ec2::Client, Failure> {
        self.pass.clients.ec2(self.desired, self.region).await
    }

    /// The account-wide half of S3.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(super) async fn s3control(&self) -> Result<aws_sdk_s3control::Client, Failure> {
        self.pass.clients.s3control(self.desired, self.region).await
    }

    /// The account.
    ///
    /// # Errors
    /// There is none yet.
    pub(super) fn account(&self) -> Result<String, Failure> {
        account(self.desired).map(ToString::to_string)
    }

    /// Notes a state that was set and does not show yet.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub(super) async fn note(&self, state: &str) -> Result<(), Failure> {
        let set = NewIntent {
            component: Guard::NAME,
            key: self.key.to_string(),
            token: Some(state.to_owned()),
        };
        self.pass.intents.record(&[set]).await
    }

    /// The state that was noted, for as many seconds as it may take to show.
    pub(super) fn noted(&self, secs: i64) -> Option<String> {
        let pass = self.pass;
        let note = pass.intents.get(Guard::NAME, &self.key.to_string())?;
        let ago = pass.now().as_second() - note.asked_at.as_second();
        note.token.filter(|_| ago < secs)
    }

    /// Forgets the state that was noted, which shows now.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub(super) async fn forget(&self) -> Result<(), Failure> {
        let key = self.key.to_string();
        self.pass.intents.remove(Guard::NAME, &key).await
    }

    /// What is done, in words.
    pub(super) fn doing(&self, verb: &str) -> String {
        format!("{verb} {} in {}", self.title, self.region)
    }

    /// The answer to a read.
    ///
    /// # Errors
    /// As AWS says.
    pub(super) fn read<T, E, R>(&self, answer: Result<T, SdkError<E, R>>) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata,
        R: HttpStatus,
    {
        checked(answer, || self.doing("reading"))
    }

    /// The answer to a call that sets it.
    ///
    /// # Errors
    /// As AWS says.
    pub(super) fn written<T, E, R>(&self, answer: Result<T, SdkError<E, R>>) -> Result<(), Failure>
    where
        E: ProvideErrorMetadata,
        R: HttpStatus,
    {
        checked(answer, || self.doing("setting")).map(drop)
    }
}
