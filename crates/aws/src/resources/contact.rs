//! The alternate contacts of the account, read and set from within it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_account::types::{AlternateContact as Described, AlternateContactType};
use baseline::{
    Desired,
    contacts::AlternateContact,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use tenancy::Failure;

use super::{doing, each};
use crate::{
    calls::{checked, present, removed},
    pass::PassContext,
};

/// Works on the account's alternate contacts.
pub(crate) struct ContactPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<AlternateContact> for ContactPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AlternateContact>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &AlternateContact,
    ) -> Result<AlternateContact, Failure> {
        let client = self.0.clients.account(desired).await?;
        let call = client
            .put_alternate_contact()
            .alternate_contact_type(kind(key))
            .name(&wanted.name)
            .title(&wanted.title)
            .email_address(&wanted.email)
            .phone_number(&wanted.phone);
        checked(call.send().await, || {
            doing::<AlternateContact>("setting", key)
        })?;
        Ok(wanted.clone())
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &AlternateContact,
        _found: &AlternateContact,
    ) -> Result<Option<AlternateContact>, Failure> {
        self.create(desired, key, wanted).await.map(Some)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &AlternateContact,
    ) -> Result<Deleted, Failure> {
        let client = self.0.clients.account(desired).await?;
        let call = client.delete_alternate_contact();
        let sent = call.alternate_contact_type(kind(key)).send().await;
        removed(sent, || doing::<AlternateContact>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl ContactPort {
    async fn read(
        &self,
        desired: &Desired,
        key: &Key,
    ) -> Result<Option<AlternateContact>, Failure> {
        let client = self.0.clients.account(desired).await?;
        let call = client.get_alternate_contact();
        let answer = call.alternate_contact_type(kind(key)).send().await;
        let answer = present(answer, || doing::<AlternateContact>("reading", key))?;
        let contact = answer.and_then(|answer| answer.alternate_contact);
        Ok(contact.map(|contact| observed(contact, key)))
    }
}

fn observed(contact: Described, key: &Key) -> AlternateContact {
    AlternateContact {
        name: contact.name.unwrap_or_default(),
        title: contact.title.unwrap_or_default(),
        email: contact.email_address.unwrap_or_default(),
        phone: contact.phone_number.unwrap_or_default(),
        kind: key.name.clone(),
    }
}

fn kind(key: &Key) -> AlternateContactType {
    AlternateContactType::from(key.name.to_ascii_uppercase().as_str())
}

#[cfg(test)]
#[test]
fn every_property_of_a_contact_is_decided_about() {
    use aws_sdk_account::types;

    use crate::watched::check;

    let contact = types::AlternateContact::builder().build();
    check("account AlternateContact", &contact);
}
