//! The first operators: who is one by a parameter of the installation, whatever the grants say, so that nobody can lock the last one out.

use std::str::FromStr;

use tenancy::access::{Grantee, Machine};

/// The IAM principals that are always operators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operators(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// A user or role, by the ARN it is known by.
    Principal(String),
    /// Callers whose ARN begins so: the sessions of a role by `…/*`, the users below a path.
    Below(String),
    /// One session, by its whole ARN.
    Caller(String),
}

impl Operators {
    /// Every IAM principal that API Gateway lets through.
    pub fn everybody() -> Self {
        Self::default()
    }

    /// Whether nobody is named, so that every IAM principal is one.
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a machine is one of them.
    pub fn names(&self, machine: &Machine) -> bool {
        let is_one = |pattern: &Pattern| match pattern {
            Pattern::Principal(arn) => arn == machine.principal(),
            Pattern::Below(prefix) => machine.caller().starts_with(prefix),
            Pattern::Caller(arn) => arn == machine.caller(),
        };
        self.is_everybody() || self.0.iter().any(is_one)
    }
}

impl FromStr for Operators {
    type Err = String;

    /// Reads a list with commas. Only a text that is empty stands for everybody: a list that lost its last name names nobody, and is
    /// refused.
    fn from_str(text: &str) -> Result<Self, String> {
        let patterns = text.split(',').map(str::trim);
        let patterns = patterns.filter(|pattern| !pattern.is_empty());
        let patterns: Vec<Pattern> = patterns.map(pattern).collect::<Result<_, _>>()?;
        match patterns.is_empty() && !text.is_empty() {
            true => Err(format!(
                "`{text}` names nobody; leave it empty for everybody"
            )),
            false => Ok(Self(patterns)),
        }
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let refused = || {
        format!(
            "`{text}` is not the ARN of a user, a role or a session, with `*` at most for the session or for a path"
        )
    };
    let is_arn = |arn: &str| {
        arn.parse::<Grantee>()
            .is_ok_and(|it| it.provider().is_none())
    };
    let is_session = text.contains(":assumed-role/");
    let Some((prefix, rest)) = text.split_once('*') else {
        return match (is_arn(text), is_session) {
            (false, _) => Err(refused()),
            (true, true) => Ok(Pattern::Caller(text.to_owned())),
            (true, false) => Ok(Pattern::Principal(
                Machine::new(text).principal().to_owned(),
            )),
        };
    };
    // A role's path is no part of what its sessions show: the name behind it counts.
    if let Some((head, _)) = text.split_once(":role/") {
        let name = text.rsplit('/').next().unwrap_or_default();
        let arn = format!("{head}:role/{name}");
        let fits = rest.contains('/') && is_arn(&arn);
        return fits.then_some(Pattern::Principal(arn)).ok_or_else(refused);
    }
    // Something must stand before the `*`: the role, or a path of users.
    let segments = prefix.split('/').filter(|part| !part.is_empty()).count();
    let is_user_path = text.contains(":user/") && segments >= 2;
    let is_role = is_session && segments >= 2;
    let fits = rest.is_empty()
        && prefix.ends_with('/')
        && (is_user_path || is_role)
        && is_arn(&format!("{prefix}x"));
    fits.then(|| Pattern::Below(prefix.to_owned()))
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str, caller: &str) -> bool {
        list.parse::<Operators>()
            .unwrap()
            .names(&Machine::new(caller))
    }

    #[test]
    fn an_empty_list_is_everybody_and_a_list_is_who_is_on_it() {
        let ann = "arn:aws:iam::111111111111:user/ann";
        let session = "arn:aws:sts::111111111111:assumed-role/platform/ann";
        assert!(names("", ann) && names("", session));
        for nobody in [",", " , ", " "] {
            assert!(nobody.parse::<Operators>().is_err(), "{nobody:?}");
        }
        for list in [
            "arn:aws:iam::111111111111:role/platform",
            "arn:aws:iam::111111111111:role/teams/*/platform",
            "arn:aws:sts::111111111111:assumed-role/platform/*",
            "arn:aws:sts::111111111111:assumed-role/platform/ann",
            "arn:aws:iam::111111111111:user/x, arn:aws:iam::111111111111:role/teams/platform",
        ] {
            assert!(names(list, session), "{list}");
            assert!(!names(list, ann), "{list}");
            for other in [
                "arn:aws:sts::222222222222:assumed-role/platform/ann",
                "arn:aws:sts::111111111111:assumed-role/platform-x/ann",
                "arn:aws:sts::111111111111:assumed-role/other/platform",
            ] {
                assert!(!names(list, other), "{list} {other}");
            }
        }
        let users = "arn:aws:iam::111111111111:user/ops/*";
        assert!(names(users, "arn:aws:iam::111111111111:user/ops/ann"));
        assert!(!names(users, ann));
        assert!(!names(
            "arn:aws:sts::111111111111:assumed-role/platform/bob",
            session
        ));
    }

    #[test]
    fn a_list_that_would_name_more_than_it_seems_is_refused() {
        for list in [
            "*",
            "ann",
            "arn:aws:iam::*:role/platform",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::111111111111:role/plat*",
            "arn:aws:iam::111111111111:user/*",
            "arn:aws:iam::111111111111:user/a*",
            "arn:aws:sts::111111111111:assumed-role/*",
            "arn:aws:sts::111111111111:assumed-role/*/ann",
            "arn:aws:sts::111111111111:assumed-role/platform/a*",
            "arn:aws:iam::111111111111:role/platform,*",
            "group:installation:ops",
        ] {
            assert!(list.parse::<Operators>().is_err(), "{list}");
        }
    }
}
