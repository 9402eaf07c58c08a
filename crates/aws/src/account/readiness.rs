//! Whether a new account can be entered: no signal is documented, so its role is tried. What its services refuse after that is waited for by
//! whoever asks them.

use baseline::{Desired, account::Readiness};
use tenancy::{AccountId, Verb};

use super::AccountPort;
use crate::installation::Installation;

impl AccountPort {
    /// Asks nothing once the management roles have let us in, on the way out, or in an audit: the auditor may not enter that way.
    pub(super) async fn readiness(&self, desired: &Desired, id: &AccountId) -> Readiness {
        if Installation::of(&self.pass).is_done() {
            return Readiness::Ready;
        }
        if desired.leaving() || self.pass.verb != Verb::Onboard {
            return Readiness::Unchecked;
        }
        let entered = Desired {
            account: Some(id.clone()),
            ..desired.clone()
        };
        match self.pass.sessions.bootstrap(&entered).await {
            Ok(_) => Readiness::Ready,
            Err(failure) => Readiness::NotReady {
                missing: vec![format!("entering it: {}", failure.detail)],
                age_secs: 0,
            },
        }
    }
}
