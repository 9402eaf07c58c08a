//! Whose access key it is. The proxy learns keys from the AssumeRole answers that pass through it, and asks
//! the emulator once about those it has not seen (a Lambda function's own credentials never pass).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::answer::Answer;
use super::call::Call;
use super::upstream::Upstream;

/// Account, role and session that make a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits; empty when unknown.
    pub account: String,
    /// Role name; empty for root and when unknown.
    pub role: String,
    /// Session name; empty without a role.
    pub session: String,
}

/// All access keys seen so far.
#[derive(Debug)]
pub struct Keys {
    management: String,
    known: Mutex<HashMap<String, Caller>>,
    secrets: Mutex<Vec<String>>,
}

impl Keys {
    /// Keys of an organization whose management account owns `test`.
    pub fn new(management: &str) -> Self {
        Self {
            management: management.to_owned(),
            known: Mutex::default(),
            secrets: Mutex::default(),
        }
    }

    /// Every secret key and session token that was given out.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self.secrets.lock();
        secrets.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who owns an access key.
    pub async fn caller(&self, access_key: &str, upstream: &Upstream) -> Caller {
        if access_key.is_empty() {
            return Caller::default();
        }
        if is_account(access_key) {
            return root(access_key);
        }
        if access_key == "test" {
            return root(&self.management);
        }
        if let Some(caller) = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(access_key)
        {
            return caller.clone();
        }
        let caller = root(&self.account_of(access_key, upstream).await);
        self.remember(access_key.to_owned(), caller.clone());
        caller
    }

    async fn account_of(&self, access_key: &str, upstream: &Upstream) -> String {
        let form = [
            ("Action", "GetAccessKeyInfo"),
            ("Version", "2011-06-15"),
            ("AccessKeyId", access_key),
        ];
        let answer = upstream
            .query(&self.management, "sts", "us-east-1", &form)
            .await;
        answer
            .ok()
            .and_then(|answer| answer.element("Account"))
            .unwrap_or_default()
    }

    /// Takes a new key out of an answer to AssumeRole, or the caller's own name out of GetCallerIdentity.
    pub fn learn(&self, call: &Call, answer: &Answer) {
        if call.identity.service != "sts" || !answer.status.is_success() {
            return;
        }
        let given = ["SecretAccessKey", "SessionToken"].map(|name| answer.element(name));
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.extend(given.into_iter().flatten());
        drop(secrets);
        let own = call.identity.operation == "GetCallerIdentity";
        let own = own.then(|| call.identity.access_key.clone());
        let caller = answer.element("Arn").as_deref().and_then(session);
        if let (Some(key), Some(caller)) = (own.or_else(|| answer.element("AccessKeyId")), caller) {
            self.remember(key, caller);
        }
    }

    fn remember(&self, access_key: String, caller: Caller) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(access_key, caller);
    }
}

/// True for twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn root(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        ..Caller::default()
    }
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
fn session(arn: &str) -> Option<Caller> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let account = parts.next()?.to_owned();
    let (role, session) = parts
        .next()?
        .strip_prefix("assumed-role/")?
        .split_once('/')?;
    Some(Caller {
        account,
        role: role.to_owned(),
        session: session.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assumed_role_names_account_role_and_session() {
        let caller =
            session("arn:aws:sts::012345678901:assumed-role/tenantry-auditor/pass-1").unwrap();
        assert_eq!(
            (
                caller.account.as_str(),
                caller.role.as_str(),
                caller.session.as_str()
            ),
            ("012345678901", "tenantry-auditor", "pass-1")
        );
        assert!(session("arn:aws:iam::012345678901:root").is_none());
    }
}
