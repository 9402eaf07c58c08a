//! How far the installation of the management roles has come, as the ledger knows it.

use tenancy::{ComponentName, Failure, Verb};

use crate::{ledger::NewIntent, pass::PassContext};

/// The key of the intent under which the installation is recorded. Stored data: it keeps the name older releases gave it.
const INTENT: &str = "planted";
/// The outcome of that intent once the provisioner role has let us in. Stored data, too.
const ENTERED: &str = "entered";

/// How far the installation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installation {
    /// Not begun.
    NotStarted,
    /// Begun, this many seconds ago.
    Started(i64),
    /// Done; begun this many seconds ago.
    Done(i64),
}

impl Installation {
    /// As the ledger and this pass know it. While it is not done, nothing else of ours can be in the account.
    pub(crate) fn of(pass: &PassContext) -> Self {
        let Some(intent) = pass.intents.get(ComponentName::ACCESS, INTENT) else {
            return Self::NotStarted;
        };
        let ago = pass.now().as_second() - intent.asked_at.as_second();
        match intent.outcome {
            Some(_) => Self::Done(ago),
            None => Self::Started(ago),
        }
    }

    /// Whether the management roles have let us in.
    pub(crate) const fn is_done(self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Records that it begins. Nothing to do where it has begun already.
    pub(crate) async fn start(pass: &PassContext) -> Result<(), Failure> {
        if Self::of(pass) != Self::NotStarted {
            return Ok(());
        }
        pass.intents.record(&[Self::intent()]).await
    }

    /// The intent that records that it begins.
    pub(crate) fn intent() -> NewIntent {
        NewIntent {
            component: ComponentName::ACCESS,
            key: INTENT.into(),
            token: None,
        }
    }

    /// Whether this pass recorded that it begins.
    pub(crate) fn is_of(pass: &PassContext) -> bool {
        let intent = pass.intents.get(ComponentName::ACCESS, INTENT);
        intent.is_some_and(|intent| intent.attempts == 1 && intent.asked_at >= pass.started_at)
    }

    /// Records that it is done, and the intents of what this pass does `next`.
    pub(crate) async fn finish(pass: &PassContext, next: &[NewIntent]) -> Result<(), Failure> {
        let intents = &pass.intents;
        let access = ComponentName::ACCESS;
        intents
            .settle_and_begin((access, INTENT), ENTERED, next)
            .await
    }
}

/// Whether a departure finds nothing of ours in the account, because we were never let in. There is no role to observe with then,
/// and none is needed.
pub(crate) fn never_entered(pass: &PassContext) -> bool {
    pass.verb == Verb::Offboard && !Installation::of(pass).is_done()
}
