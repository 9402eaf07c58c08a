//! What every command works with: the API and the output.

use serde_json::{Value, json};

use crate::{
    address::Address,
    arguments::Common,
    client::{Answer, Call, Client, new_key},
    error::CliError,
    output::Printer,
    resume::Resume,
    sign_in::{SignIn, Store},
};

/// The API takes at most this many items in one answer.
const PAGE: u64 = 100;
/// No list has more pages than this: who answers more is not the API.
const MOST_PAGES: usize = 1000;

/// One run of the command line.
#[derive(Debug)]
pub struct Session<'a> {
    client: Client,
    /// Prints answers and notes.
    pub printer: Printer,
    /// What to print on Ctrl-C.
    pub resume: &'a Resume,
}

impl<'a> Session<'a> {
    /// A session with the API that the arguments name.
    ///
    /// # Errors
    /// If they name none, or TLS cannot be set up.
    pub fn open(common: Common, resume: &'a Resume) -> Result<Self, CliError> {
        let printer = Printer::new(common.output, common.quiet);
        // A profile that is named goes before the sign-in, the sign-in before the usual AWS chain.
        let store = Store::of_user().filter(|_| common.profile.is_none());
        let person = match &store {
            Some(store) => store.load(common.portal_url.as_deref())?,
            None => None,
        };
        let address = match &person {
            Some(person) => Some(portal_of(person, common.api_url.as_deref())?),
            None => common.api_url,
        };
        let address = address.ok_or_else(|| {
            CliError::Usage("no API address: give `--api-url` or set TENANTRY_API_URL to the stack's output `ApiUrl`".into())
        })?;
        let address = Address::parse(&address)
            .map_err(|why| CliError::Usage(format!("the API address is not valid: {why}")))?;
        let client =
            Client::new(address, common.profile, common.signing_region).map_err(|error| {
                CliError::Io(std::io::Error::other(format!("setting up TLS: {error}")))
            })?;
        let client = match store.zip(person) {
            Some((store, person)) => client.of_person(store, person.portal),
            None => client,
        };
        Ok(Self {
            client,
            printer,
            resume,
        })
    }

    /// Makes a call. While a call that writes is in progress, Ctrl-C prints how to repeat it safely.
    ///
    /// # Errors
    /// What the API, the network or the credential chain said.
    pub async fn send(&self, call: &Call) -> Result<Answer, CliError> {
        let Some(key) = call.key() else {
            return self.client.send(call).await;
        };
        self.resume.set(format!(
            "the request may have been accepted: run the command again with `--idempotency-key {key}`, so that nothing is done twice"
        ));
        let answer = self.client.send(call).await?;
        self.resume.clear();
        if answer.replayed {
            self.printer
                .note("this request was made before with the same key: nothing was done twice");
        }
        Ok(answer)
    }

    /// Reads all pages of a list, or up to `limit` items: the last answer with the items of all pages.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn pages(&self, call: &Call, limit: Option<u64>) -> Result<Value, CliError> {
        let mut items: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let missing = limit.map_or(PAGE, |limit| {
                limit.saturating_sub(items.len() as u64).min(PAGE)
            });
            let mut page = call.clone().query("limit", missing.to_string());
            if let Some(cursor) = &cursor {
                page = page.query("cursor", cursor.clone());
            }
            let mut body = self.send(&page).await?.body;
            if let Some(Value::Array(more)) = body.get_mut("items").map(Value::take) {
                items.extend(more);
            }
            let next = body
                .get("nextCursor")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let enough = limit.is_some_and(|limit| items.len() as u64 >= limit);
            if enough || next.is_none() || next == cursor {
                if let Some(whole) = body.as_object_mut() {
                    whole.insert("items".into(), json!(items));
                }
                return Ok(body);
            }
            cursor = next;
        }
        Err(CliError::Unreadable {
            doing: call.doing.clone(),
            source: format!("the list has more than {MOST_PAGES} pages").into(),
        })
    }
}

/// The address of a person's calls. A token is for the API of its portal alone: who names another API means that one, and not this.
fn portal_of(person: &SignIn, api_url: Option<&str>) -> Result<String, CliError> {
    let same = match api_url {
        Some(named) => person.is_at(named)?,
        None => true,
    };
    if same {
        return Ok(person.portal.clone());
    }
    Err(CliError::Usage(format!(
        "somebody is signed in at {}, and `--api-url` or TENANTRY_API_URL names another API: leave it out to act as that person, give \
         `--profile` to sign with AWS credentials, or run `tenantry logout`",
        person.portal
    )))
}

/// The given key, or a new one.
pub fn key_or_new(given: Option<String>) -> String {
    given.unwrap_or_else(new_key)
}
