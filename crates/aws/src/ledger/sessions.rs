//! Sessions of people: whether one goes on, and the end of all sessions of a person.
//!
//! # Guarantees
//! The sessions of a person end by one row, which says until when sessions that began have ended: no session has to be found, and
//! none that begins beside it is missed. It lies beside the identity provider's row, where the function `portal` may read and not
//! write, and is one transaction with the tenant's history.

use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use tenancy::{
    Failure, FailureKind, Operation, Session, TenantId, Timestamp,
    access::{Grantee, Provider, RefusedSessions},
    session::SessionsEnded,
};

use super::{
    Ledger, LedgerError, Request, SignInKind,
    attempts::Attempts,
    commit::Draft,
    idempotency,
    item::{doc, n, with_doc},
    keys,
    record::Record,
    requests::{entry, has_room, refuse_sessions},
    write::Write,
};

/// The end is kept for longer than any session lasts.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// Whose session a token or cookie is of, as it says.
#[derive(Debug, Clone, Copy)]
pub struct SessionOf<'a> {
    /// The tenant whose provider it was; absent: the installation's.
    pub tenant: Option<&'a TenantId>,
    /// The provider's issuer.
    pub issuer: &'a str,
    /// The person there.
    pub subject: &'a str,
    /// The era of the installation's provider, if it has one.
    pub own_era: Option<&'a str>,
}

impl SessionOf<'_> {
    fn person(&self) -> Grantee {
        let provider = match self.tenant {
            Some(tenant) => Provider::Tenant(tenant.clone()),
            None => Provider::Installation,
        };
        Grantee::Person {
            provider,
            issuer: self.issuer.to_owned(),
            subject: self.subject.to_owned(),
        }
    }
}

impl Ledger {
    /// Whether a session goes on: it has not ended, the provider is the one that began it, and the person's sessions were not all
    /// ended since. A session of another tenant is none.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn session_is_alive(
        &self,
        sid: &str,
        whose: SessionOf<'_>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let session = self.sign_in::<Session>(SignInKind::Session, sid, now);
        let era = async {
            match whose.tenant {
                Some(tenant) => Ok(self.identity_provider(tenant).await?.map(|it| it.era)),
                None => Ok(whose.own_era.map(str::to_owned)),
            }
        };
        let person = whose.person();
        let ended = self.sessions_ended(&person);
        let (session, era, ended) = futures::try_join!(session, era, ended)?;
        Ok(session.is_some_and(|kept| {
            let session = kept.content;
            let is_later = ended.is_none_or(|ended| session.began_at > ended.ended_at);
            session.is_open(now)
                && is_later
                && session.person.tenant.as_ref() == whose.tenant
                && session.era == era
        }))
    }

    /// When all sessions of a person were ended last.
    async fn sessions_ended(&self, person: &Grantee) -> Result<Option<SessionsEnded>, LedgerError> {
        let row = self.get(keys::sessions_ended(tenant_of(person), &name_of(person)));
        row.await?.as_ref().map(doc).transpose()
    }

    /// Ends all sessions of a person that have begun. Of a tenant with an account, `ends` is the operation by which those in it are refused. Gives
    /// back what was recorded: it names no operation where there is no room for another.
    ///
    /// # Errors
    /// `NotFound`, `IdempotencyReused`, `Failed`.
    pub async fn end_sessions(
        &self,
        ended: &SessionsEnded,
        ends: Option<&Operation>,
        request: &Request,
    ) -> Result<SessionsEnded, LedgerError> {
        let doing = "ending the sessions of a person";
        let person = &ended.principal;
        let mut attempts = Attempts::new(doing);
        loop {
            let record = self.record_at(tenant_of(person)).await?;
            let mut ended = ended.clone();
            // What is named is what is added to this very record.
            if record.as_ref().is_some_and(|record| !has_room(record)) {
                ended.operation = None;
            }
            let answer = serde_json::to_value(&ended).unwrap_or_default();
            let mut row = with_doc(
                keys::sessions_ended(tenant_of(person), &name_of(person)),
                &ended,
            )?;
            row.insert("expires_at".to_owned(), n((request.at + KEPT).as_second()));
            let mut writes = idempotency::answer_row(request, &answer);
            writes.push(Write::put(row));
            if self
                .recorded(doing, (&ended, ends), request, (record, writes))
                .await?
            {
                return Ok(ended);
            }
            attempts.again().await?;
        }
    }

    /// Carries the writes out, with an entry in the tenant's history if the person is of one's provider.
    async fn recorded(
        &self,
        doing: &str,
        (ended, ends): (&SessionsEnded, Option<&Operation>),
        request: &Request,
        (record, writes): (Option<Record>, Vec<Write>),
    ) -> Result<bool, LedgerError> {
        let Some(record) = record else {
            return self.transact(doing, writes).await;
        };
        let summary = format!(
            "all sessions of {} were ended: {}",
            ended.principal, ended.reason
        );
        let mut entry = entry(request, "sessions-ended", summary, None);
        let principal = ended.principal.to_string();
        entry
            .details
            .insert("principal".to_owned(), principal.into());
        let mut draft = Draft::of(&record);
        draft.history = (request.at, vec![entry]);
        draft.writes = writes;
        if let Some(operation) = ends {
            let who = ended.principal.to_string();
            let refused = RefusedSessions::of_person(&who, request.at);
            refuse_sessions(&mut draft, refused, operation)?;
        }
        Ok(Box::pin(self.commit(doing, draft, None)).await?.is_some())
    }

    /// Ends a session, if it is there; a session that has ended keeps its first reason.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn end_session(
        &self,
        sid: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        for _ in 0..10 {
            let kept = self.sign_in::<Session>(SignInKind::Session, sid, now);
            let Some(kept) = kept.await? else {
                return Ok(());
            };
            let ended = kept.content.ended(why, now);
            if self
                .change_sign_in(SignInKind::Session, sid, &kept, &ended)
                .await?
            {
                return Ok(());
            }
        }
        let detail = "others kept writing the same row";
        Err(Failure::retry(FailureKind::Transient, "ending a session", detail, 1).into())
    }
}

fn tenant_of(person: &Grantee) -> Option<&TenantId> {
    match person.provider() {
        Some(Provider::Tenant(tenant)) => Some(tenant),
        Some(Provider::Installation) | None => None,
    }
}

/// What a person is called in keys: issuer and subject may be longer than a key, and hold anything.
fn name_of(person: &Grantee) -> String {
    HEXLOWER.encode(&Sha256::digest(person.to_string().as_bytes()))
}
