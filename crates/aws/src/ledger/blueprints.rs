//! Published blueprints: one row for what a version says, which is written once, and one for its retirement.
//!
//! # Guarantees
//! A version that was published never changes: of two who publish it at once, one wins. Nothing deletes these rows, so that they are
//! the record of who published and retired what.

use tenancy::{
    BlueprintRef, PublishedBlueprint, Spec,
    blueprint::{Retirement, Version, is_built_in},
};

use super::{
    Ledger, LedgerError, Request,
    attempts::Attempts,
    idempotency,
    item::{Item, doc, readable, text, with_doc},
    keys,
    query::Rows,
    write::Write,
};

/// What came of publishing.
#[derive(Debug, Clone, PartialEq)]
pub enum Published {
    /// It was published.
    New,
    /// It was published before, with the same content.
    Already(Box<PublishedBlueprint>),
    /// Another content was published under the name and version.
    Other(Box<PublishedBlueprint>),
}

impl Published {
    /// In a remembered answer: it had been published before.
    pub const ALREADY: &str = "alreadyPublished";
}

impl Ledger {
    /// Every published blueprint, by name and version. One that cannot be read is left out.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn published_blueprints(&self) -> Result<Vec<PublishedBlueprint>, LedgerError> {
        let rows = Rows::of(keys::BLUEPRINTS).all(self).await?;
        Ok(together(&rows))
    }

    /// The published versions of a name, the oldest first.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn published_versions(
        &self,
        name: &str,
    ) -> Result<Vec<PublishedBlueprint>, LedgerError> {
        let rows = Rows::of(keys::BLUEPRINTS).beginning_with(format!("{name}@"));
        Ok(together(&rows.all(self).await?))
    }

    /// What a version says, whether it is retired or not; one row is read. `None` if it was never published.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn published_blueprint(
        &self,
        name: &str,
        version: Version,
    ) -> Result<Option<PublishedBlueprint>, LedgerError> {
        let row = self.get(keys::blueprint(name, version)).await?;
        row.as_ref().map(doc).transpose()
    }

    /// Publishes a blueprint that is not retired.
    ///
    /// # Errors
    /// `IdempotencyReused`, `Failed`.
    pub async fn publish_blueprint(
        &self,
        published: &PublishedBlueprint,
        request: &Request,
    ) -> Result<Published, LedgerError> {
        let (name, version) = (&published.blueprint.name, published.blueprint.version);
        let doing = format!("publishing blueprint `{name}@{version}`");
        let mut attempts = Attempts::new(&doing);
        loop {
            if let Some(before) = self.published_blueprint(name, version).await? {
                if !before.is_same(published) {
                    return Ok(Published::Other(Box::new(before)));
                }
                let mut answer = serde_json::to_value(&before).unwrap_or_default();
                if let Some(fields) = answer.as_object_mut() {
                    fields.insert(Published::ALREADY.to_owned(), true.into());
                }
                self.remember_answer(request, &answer).await?;
                return Ok(Published::Already(Box::new(before)));
            }
            let row = with_doc(keys::blueprint(name, version), published)?;
            let answer = serde_json::to_value(published).unwrap_or_default();
            let mut writes = idempotency::answer_row(request, &answer);
            writes.push(Write::put(row).if_new());
            if self.transact(&doing, writes).await? {
                return Ok(Published::New);
            }
            attempts.again().await?;
        }
    }

    /// Retires a published version: it keeps its tenants, and takes no new ones. One that is retired already stays as it is.
    ///
    /// # Errors
    /// `NotFound`, `IdempotencyReused`, `Failed`.
    pub async fn retire_blueprint(
        &self,
        name: &str,
        version: Version,
        request: &Request,
    ) -> Result<PublishedBlueprint, LedgerError> {
        let doing = format!("retiring blueprint `{name}@{version}`");
        let mut attempts = Attempts::new(&doing);
        loop {
            let versions = self.published_versions(name).await?;
            let mut versions = versions.into_iter();
            let Some(mut found) = versions.find(|one| one.blueprint.version == version) else {
                return Err(LedgerError::not_found(format!(
                    "published blueprint `{name}@{version}`"
                )));
            };
            if found.retired.is_some() {
                let answer = serde_json::to_value(&found).unwrap_or_default();
                self.remember_answer(request, &answer).await?;
                return Ok(found);
            }
            let retirement = Retirement {
                by: request.actor.clone(),
                at: request.at,
            };
            let row = with_doc(keys::retired_blueprint(name, version), &retirement)?;
            found.retired = Some(retirement);
            let answer = serde_json::to_value(&found).unwrap_or_default();
            let mut writes = idempotency::answer_row(request, &answer);
            writes.push(Write::put(row).if_new());
            if self.transact(&doing, writes).await? {
                return Ok(found);
            }
            attempts.again().await?;
        }
    }
}

impl Ledger {
    /// The refusal of a spec whose blueprint is retired; `None` for one that is not, or is built in. It is read, not demanded with the
    /// write: all who choose a blueprint at once would be in each other's way at one row. Who is faster than a retirement gets it.
    pub(super) async fn retired(&self, spec: &Spec) -> Result<Option<LedgerError>, LedgerError> {
        let BlueprintRef { name, version } = &spec.blueprint;
        let Some(version) = version.filter(|_| !is_built_in(name)) else {
            return Ok(None);
        };
        let row = self.get(keys::retired_blueprint(name, version)).await?;
        Ok(row.map(|_| LedgerError::Retired {
            blueprint: format!("{name}@{version}"),
        }))
    }
}

/// Versions with their retirements, which sort right behind them.
fn together(rows: &[Item]) -> Vec<PublishedBlueprint> {
    let mut all: Vec<PublishedBlueprint> = Vec::new();
    for row in rows {
        let is_retirement = text(row, "sk").is_some_and(|sk| sk.ends_with(keys::RETIRED));
        if !is_retirement {
            all.extend(readable(row, doc));
        } else if let Some(retirement) = readable(row, doc)
            && let Some(last) = all.last_mut()
            && keys::is_retirement_of(row, &last.blueprint.name, last.blueprint.version)
        {
            last.retired = Some(retirement);
        }
    }
    all
}
