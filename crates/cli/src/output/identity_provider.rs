//! Identity providers for people.

use api_types::{IdentityProviderTestView, IdentityProviderView};

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// A provider.
pub fn render(provider: &IdentityProviderView, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("issuer", provider.issuer.as_str());
    list.add("client", provider.client_id.as_str());
    let secret = match provider.has_client_secret {
        true => "kept, never shown",
        false => "none",
    };
    list.add("client secret", secret);
    let claim = provider.groups_claim.as_deref();
    list.add("groups claim", claim.unwrap_or("none"));
    match provider.email_domains.as_slice() {
        [] => list.add("e-mail domain", "any, or no address at all"),
        domains => list.add_all("e-mail domain", domains.iter().map(String::as_str)),
    }
    list.add("redirect address", provider.redirect_uri.as_str());
    list.add("sign-in address", provider.portal_url.as_str());
    list.add("changed", moment(provider.changed_at));
    list.add("by", provider.changed_by.as_str());
    list.render(styles)
}

/// The steps of a trial.
pub fn steps(view: &IdentityProviderTestView, styles: Styles) -> String {
    let mut table = Table::new(&["STEP", "PASSED", "FOUND"]);
    for step in &view.steps {
        let passed = if step.passed { "yes" } else { "no" };
        table.row([
            step.name.as_str().into(),
            passed.into(),
            step.found.as_str().into(),
        ]);
    }
    table.render(styles)
}
