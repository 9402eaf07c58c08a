//! An IAM role: as it is wanted, as it is seen, and the changes from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenancy::{ComponentName, Failure, FailureKind, Severity, finding::Difference};

use crate::policy::same;

/// A role as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleWanted {
    /// Its name, unique in the account whatever its path.
    pub name: &'static str,
    /// Its path; a role of that name elsewhere is not ours.
    pub path: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name; others are removed.
    pub inline: BTreeMap<String, Value>,
    /// ARNs of managed policies; others are detached.
    pub attached: BTreeSet<String>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// How long a session may last, in seconds; left alone where absent.
    pub session_secs: Option<i32>,
    /// How bad it is when it can do, or lets in, more than it should.
    pub severity: Severity,
}

/// A role as IAM shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSeen {
    /// Its path.
    pub path: String,
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Value>,
    /// ARNs of managed policies.
    pub attached: BTreeSet<String>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// How long a session may last, in seconds; absent where it was not asked for.
    pub session_secs: Option<i32>,
}

/// Roles by name.
pub type Roles = BTreeMap<String, RoleSeen>;

/// One effect on one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChange {
    /// The role's name.
    pub role: String,
    /// What is done to it.
    pub deed: Deed,
    severity: Severity,
}

/// What is done to a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Made, with trust, boundary and tags; its policies follow.
    Create(Box<RoleWanted>),
    /// Trust policy replaced.
    SetTrust {
        /// What is put there.
        wanted: Value,
        /// What was there.
        found: Value,
    },
    /// Inline policy written.
    PutInline {
        /// Its name.
        policy: String,
        /// What is put there.
        wanted: Value,
        /// What was there.
        found: Option<Value>,
    },
    /// Inline policy removed.
    DropInline(String),
    /// Managed policy attached, by ARN.
    Attach(String),
    /// Managed policy detached, by ARN.
    Detach(String),
    /// Permissions boundary set.
    SetBoundary {
        /// ARN of the boundary.
        wanted: String,
        /// ARN of what was there.
        found: Option<String>,
    },
    /// Permissions boundary removed, by the ARN it had.
    DropBoundary(String),
    /// Tags put back.
    Tag(BTreeMap<String, String>),
    /// Longest session set, in seconds.
    SetSession {
        /// What is set.
        wanted: i32,
        /// What was set.
        found: i32,
    },
    /// Deleted, once nothing is attached to it.
    Delete,
}

/// What has to change now on the role wanted: everything at once, or its creation first.
///
/// # Errors
/// A role of that name at another path is not ours and in the way.
pub fn plan(wanted: &RoleWanted, roles: &Roles) -> Result<Vec<RoleChange>, Failure> {
    let change = |deed, severity| RoleChange {
        role: wanted.name.to_owned(),
        deed,
        severity,
    };
    let Some(seen) = roles.get(wanted.name) else {
        let create = Deed::Create(Box::new(wanted.clone()));
        return Ok(vec![change(create, Severity::High)]);
    };
    if seen.path != wanted.path {
        return Err(name_taken("role", wanted.name, &seen.path, wanted.path));
    }
    let deeds = power(wanted, seen)
        .into_iter()
        .map(|deed| (deed, wanted.severity));
    let lacks = missing(wanted, seen)
        .into_iter()
        .map(|deed| (deed, Severity::High));
    let upkeep = upkeep(wanted, seen)
        .into_iter()
        .map(|deed| (deed, Severity::Low));
    Ok(deeds
        .chain(lacks)
        .chain(upkeep)
        .map(|(deed, severity)| change(deed, severity))
        .collect())
}

/// What lets in, or lets do, something else than is wanted.
fn power(wanted: &RoleWanted, seen: &RoleSeen) -> Vec<Deed> {
    let mut deeds = Vec::new();
    if !same(&wanted.trust, &seen.trust) {
        deeds.push(Deed::SetTrust {
            wanted: wanted.trust.clone(),
            found: seen.trust.clone(),
        });
    }
    for (policy, document) in &wanted.inline {
        if let Some(found) = seen.inline.get(policy)
            && !same(document, found)
        {
            deeds.push(Deed::PutInline {
                policy: policy.clone(),
                wanted: document.clone(),
                found: Some(found.clone()),
            });
        }
    }
    let extra = seen
        .inline
        .keys()
        .filter(|policy| !wanted.inline.contains_key(*policy));
    deeds.extend(extra.cloned().map(Deed::DropInline));
    deeds.extend(
        seen.attached
            .difference(&wanted.attached)
            .cloned()
            .map(Deed::Detach),
    );
    match (&wanted.boundary, &seen.boundary) {
        (Some(wanted), found) if found.as_ref() != Some(wanted) => deeds.push(Deed::SetBoundary {
            wanted: wanted.clone(),
            found: found.clone(),
        }),
        (None, Some(found)) => deeds.push(Deed::DropBoundary(found.clone())),
        _ => {}
    }
    deeds
}

/// What it cannot do yet.
fn missing(wanted: &RoleWanted, seen: &RoleSeen) -> Vec<Deed> {
    let inline = wanted
        .inline
        .iter()
        .filter(|(policy, _)| !seen.inline.contains_key(*policy))
        .map(|(policy, document)| Deed::PutInline {
            policy: policy.clone(),
            wanted: document.clone(),
            found: None,
        });
    let attached = wanted
        .attached
        .difference(&seen.attached)
        .cloned()
        .map(Deed::Attach);
    inline.chain(attached).collect()
}

fn upkeep(wanted: &RoleWanted, seen: &RoleSeen) -> Vec<Deed> {
    let mut deeds = Vec::new();
    let tags = missing_tags(&wanted.tags, &seen.tags);
    if !tags.is_empty() {
        deeds.push(Deed::Tag(tags));
    }
    if let (Some(wanted), Some(found)) = (wanted.session_secs, seen.session_secs)
        && wanted != found
    {
        deeds.push(Deed::SetSession { wanted, found });
    }
    deeds
}

/// What has to be taken off the role now, and at last the role itself.
pub fn farewell(name: &str, seen: &RoleSeen) -> Vec<RoleChange> {
    let inline = seen.inline.keys().cloned().map(Deed::DropInline);
    let attached = seen.attached.iter().cloned().map(Deed::Detach);
    let mut deeds: Vec<Deed> = inline.chain(attached).collect();
    if deeds.is_empty() {
        deeds.push(Deed::Delete);
    }
    deeds
        .into_iter()
        .map(|deed| RoleChange {
            role: name.to_owned(),
            deed,
            severity: Severity::Low,
        })
        .collect()
}

/// The tags that are not there, or have another value.
pub fn missing_tags(
    wanted: &BTreeMap<String, String>,
    seen: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    wanted
        .iter()
        .filter(|(key, value)| seen.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Something that is not ours has the name ours must have.
pub fn name_taken(what: &str, name: &str, found: &str, wanted: &str) -> Failure {
    Failure::park(
        FailureKind::Conflict,
        format!("looking at {what} `{name}`"),
        format!("it is at path `{found}` and not at `{wanted}`, so it is not ours"),
        "name-taken",
        "Have the tenant rename or remove what has our name in its account, then retry the tenant.",
    )
}

impl RoleChange {
    /// Stable and unique among the changes of a component's roles.
    pub fn key(&self) -> String {
        let property = match &self.deed {
            Deed::Create(_) | Deed::Delete => return format!("role.{}", self.role),
            Deed::SetTrust { .. } => "trust".to_owned(),
            Deed::PutInline { policy, .. } | Deed::DropInline(policy) => format!("inline.{policy}"),
            Deed::Attach(arn) | Deed::Detach(arn) => format!("attached.{arn}"),
            Deed::SetBoundary { .. } | Deed::DropBoundary(_) => "boundary".to_owned(),
            Deed::Tag(_) => "tags".to_owned(),
            Deed::SetSession { .. } => "session".to_owned(),
        };
        format!("role.{}.{property}", self.role)
    }

    /// In words.
    pub fn difference(&self, component: ComponentName) -> Difference {
        let Words {
            field,
            wanted,
            found,
            remedy,
        } = self.words();
        let severity = match self.deed {
            // Without its boundary a role, and whatever it makes, can reach everything in the account.
            Deed::SetBoundary { .. } => Severity::Critical,
            _ => self.severity,
        };
        Difference {
            key: self.key(),
            component,
            resource: self.role.clone(),
            field,
            wanted,
            found,
            severity,
            remedy: format!("{remedy} role `{}`.", self.role),
        }
    }

    fn words(&self) -> Words {
        let none = || "nothing".to_owned();
        match &self.deed {
            Deed::Create(wanted) => {
                Words::new("role", wanted.description.to_owned(), none(), "Create")
            }
            Deed::SetTrust { wanted, found } => Words::new(
                "trust policy",
                brief(wanted),
                brief(found),
                "Put back who may assume",
            ),
            Deed::PutInline {
                policy,
                wanted,
                found,
            } => Words::new(
                &format!("inline policy `{policy}`"),
                brief(wanted),
                found.as_ref().map_or_else(none, brief),
                "Write the policy of",
            ),
            Deed::DropInline(policy) => Words::new(
                "inline policies",
                none(),
                format!("`{policy}`"),
                "Remove the inline policy from",
            ),
            Deed::Attach(arn) => Words::new(
                "managed policies",
                format!("`{arn}`"),
                none(),
                "Attach the policy to",
            ),
            Deed::Detach(arn) => Words::new(
                "managed policies",
                none(),
                format!("`{arn}`"),
                "Detach the policy from",
            ),
            Deed::SetBoundary { wanted, found } => Words::new(
                "permissions boundary",
                format!("`{wanted}`"),
                found.clone().unwrap_or_else(none),
                "Set the permissions boundary of",
            ),
            Deed::DropBoundary(found) => Words::new(
                "permissions boundary",
                none(),
                format!("`{found}`"),
                "Remove the permissions boundary from",
            ),
            Deed::Tag(tags) => Words::new(
                "tags",
                list(tags),
                "missing or different".into(),
                "Put our tags back on",
            ),
            Deed::SetSession { wanted, found } => Words::new(
                "longest session",
                format!("{wanted} s"),
                format!("{found} s"),
                "Set the session length of",
            ),
            Deed::Delete => Words::new("role", none(), format!("`{}`", self.role), "Delete"),
        }
    }

    /// What the roles look like after it.
    pub fn learn(&self, roles: &mut Roles) {
        if let Deed::Create(wanted) = &self.deed {
            roles.insert(self.role.clone(), made(wanted));
        }
        if self.deed == Deed::Delete {
            roles.remove(&self.role);
        }
        let Some(role) = roles.get_mut(&self.role) else {
            return;
        };
        match &self.deed {
            Deed::Create(_) | Deed::Delete => {}
            Deed::SetTrust { wanted, .. } => role.trust = wanted.clone(),
            Deed::PutInline { policy, wanted, .. } => {
                role.inline.insert(policy.clone(), wanted.clone());
            }
            Deed::DropInline(policy) => {
                role.inline.remove(policy);
            }
            Deed::Attach(arn) => {
                role.attached.insert(arn.clone());
            }
            Deed::Detach(arn) => {
                role.attached.remove(arn);
            }
            Deed::SetBoundary { wanted, .. } => role.boundary = Some(wanted.clone()),
            Deed::DropBoundary(_) => role.boundary = None,
            Deed::Tag(tags) => role.tags.extend(tags.clone()),
            Deed::SetSession { wanted, .. } => role.session_secs = Some(*wanted),
        }
    }
}

/// A role just made: its policies are not there yet.
fn made(wanted: &RoleWanted) -> RoleSeen {
    RoleSeen {
        path: wanted.path.to_owned(),
        trust: wanted.trust.clone(),
        boundary: wanted.boundary.clone(),
        tags: wanted.tags.clone(),
        session_secs: wanted.session_secs,
        ..RoleSeen::default()
    }
}

struct Words {
    field: String,
    wanted: String,
    found: String,
    remedy: &'static str,
}

impl Words {
    fn new(field: &str, wanted: String, found: String, remedy: &'static str) -> Self {
        Self {
            field: field.to_owned(),
            wanted,
            found,
            remedy,
        }
    }
}

/// A document short enough to be read in a finding.
pub fn brief(document: &Value) -> String {
    const MOST: usize = 300;
    let text = document.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Tags, as a list for people.
pub fn list(tags: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(", ")
}
