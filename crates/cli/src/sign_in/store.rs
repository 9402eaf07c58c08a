//! Where a sign-in is kept: one file in the user's configuration directory, for this user alone.
//!
//! # Guarantees
//! The file is replaced as a whole and has mode 0600 from its first byte on. A refresh token works once, so that of several commands
//! at once one refreshes and the others wait and take what it got; who signs in or out waits as well. It is forgotten when the portal says that
//! the session is over, and for no other refusal.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{now, portal::Portal, refused};
use crate::{address::Address, error::CliError};

/// A token that ends within this time is refreshed before it is used.
const FRESH_SECS: i64 = 60;

/// A sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The portal that signed the person in.
    pub portal: String,
    /// The access token.
    pub access_token: String,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// What gets the next one.
    pub refresh_token: String,
    /// When the person must sign in again.
    pub session_ends_at: String,
    /// The tenant's slug; absent: the installation's people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SignIn({})", self.portal)
    }
}

impl SignIn {
    /// Whether this address is that of the portal, in whatever way it is written.
    ///
    /// # Errors
    /// If it is no address.
    pub fn is_at(&self, address: &str) -> Result<bool, CliError> {
        let wrong = |why| CliError::Usage(format!("the portal's address is not valid: {why}"));
        let address = Address::parse(address).map_err(wrong)?;
        Ok(Address::parse(&self.portal).is_ok_and(|own| own.as_str() == address.as_str()))
    }

    /// Who signed in, as the access token says; it was not verified here, and is only shown.
    pub fn claims(&self) -> Value {
        let payload = self.access_token.split('.').nth(1).unwrap_or_default();
        let payload = BASE64URL_NOPAD
            .decode(payload.as_bytes())
            .unwrap_or_default();
        serde_json::from_slice(&payload).unwrap_or_default()
    }
}

/// The file.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In the user's configuration directory; `None` where there is none.
    pub fn of_user() -> Option<Self> {
        let set = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = std::env::home_dir();
        let folder = match std::env::consts::OS {
            "windows" => set("APPDATA"),
            "macos" => home.map(|home| home.join("Library/Application Support")),
            // XDG Base Directory Specification: a relative path is none.
            _ => set("XDG_CONFIG_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| home.map(|home| home.join(".config"))),
        }?;
        Some(Self {
            folder: folder.join("tenantry"),
        })
    }

    fn path(&self) -> PathBuf {
        self.folder.join("sign-in.json")
    }

    /// The sign-in, if there is one at this portal, or at any where none is named.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn load(&self, portal: Option<&str>) -> Result<Option<SignIn>, CliError> {
        let text = match fs::read_to_string(self.path()) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let read: SignIn = serde_json::from_str(&text).map_err(|_| {
            let path = self.path();
            refused(format!(
                "`{}` cannot be read: run `tenantry login` again",
                path.display()
            ))
        })?;
        let is_wanted = match portal {
            Some(portal) => read.is_at(portal)?,
            None => true,
        };
        Ok(Some(read).filter(|_| is_wanted))
    }

    /// Keeps a sign-in in the place of the one before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, sign_in: &SignIn) -> Result<(), CliError> {
        self.make_folder()?;
        let draft = self
            .folder
            .join(format!(".sign-in-{}", rand::random::<u64>()));
        let text = serde_json::to_vec_pretty(sign_in).map_err(io::Error::other)?;
        let written = private(&draft)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&draft, self.path()));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        Ok(written?)
    }

    /// Forgets the sign-in.
    ///
    /// # Errors
    /// If the file is there and stays.
    pub fn forget(&self) -> Result<(), CliError> {
        match fs::remove_file(self.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Keeps other commands from changing the sign-in, until it is dropped.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn lock(&self) -> io::Result<File> {
        self.make_folder()?;
        let lock = private_kept(&self.folder.join("sign-in.lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// The sign-in with an access token that is good for a while: refreshed if need be.
    ///
    /// # Errors
    /// If the session is over, or the portal does not answer.
    pub async fn fresh(&self, portal: Option<&str>) -> Result<Option<SignIn>, CliError> {
        let Some(known) = self.load(portal)? else {
            return Ok(None);
        };
        if known.expires_at > now() + FRESH_SECS {
            return Ok(Some(known));
        }
        let _lock = self.lock()?;
        let Some(known) = self.load(portal)? else {
            return Ok(None);
        };
        if known.expires_at > now() + FRESH_SECS {
            return Ok(Some(known));
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", known.refresh_token.as_str()),
        ];
        match Portal::new(&known.portal)?.try_tokens(&form).await? {
            Ok(next) => {
                self.save(&next)?;
                Ok(Some(next))
            }
            Err(refused) => {
                // Whatever else went wrong, the token may be good again in a minute.
                if refused.is_over() {
                    self.forget()?;
                }
                Err(refused.into())
            }
        }
    }

    fn make_folder(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }
}

/// A new file for this user alone.
fn private(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The same for one that may be there.
fn private_kept(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_kept_for_this_user_alone_and_found_by_its_portal() {
        let folder =
            std::env::temp_dir().join(format!("tenantry-sign-in-{}", rand::random::<u64>()));
        let store = Store {
            folder: folder.clone(),
        };
        assert!(store.load(None).unwrap().is_none());
        let sign_in = SignIn {
            portal: "https://portal.example".into(),
            access_token: "a".into(),
            expires_at: 1,
            refresh_token: "r".into(),
            session_ends_at: "later".into(),
            tenant: None,
        };
        store.save(&sign_in).unwrap();
        store.save(&sign_in).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(store.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(store.load(None).unwrap().is_some());
        for same in [
            "https://portal.example/",
            "HTTPS://Portal.Example",
            " https://portal.example:443 ",
        ] {
            assert!(store.load(Some(same)).unwrap().is_some(), "{same}");
        }
        assert!(store.load(Some("portal.example")).is_err());
        assert!(store.load(Some("https://other.example")).unwrap().is_none());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        store.forget().unwrap();
        store.forget().unwrap();
        assert!(store.load(None).unwrap().is_none());
        fs::remove_dir_all(folder).unwrap();
    }
}
