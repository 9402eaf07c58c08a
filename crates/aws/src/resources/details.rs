//! The details of a resource that a call of their own reads, its tags above all.

use aws_smithy_types::DateTime;
use baseline::{
    Wait,
    declared::{Key, Observed},
};
use tenancy::{Failure, Next, Timestamp};

use super::becoming_visible;

/// What was found, with the details that another call read. Where that call does not find what is there, it was made, or deleted, a moment ago:
/// it cannot be said yet whose it is, and it is not taken for somebody else's.
pub(crate) fn with_details<F, T>(
    key: &Key,
    found: Option<F>,
    details: Option<T>,
) -> Result<Option<(F, T)>, Failure> {
    match (found, details) {
        (None, _) => Ok(None),
        (Some(found), Some(details)) => Ok(Some((found, details))),
        (Some(_), None) => Err(not_visible(key)),
    }
}

/// It is not visible to every call yet.
pub(crate) fn not_visible(key: &Key) -> Failure {
    let wait = becoming_visible(key);
    Failure::wait(
        format!("reading `{key}`"),
        wait.waiting_for,
        wait.after_secs,
    )
}

/// A resource that was not read. A failure that is a wait is pending, any other unreadable.
pub(crate) fn not_read<R>(failure: Failure) -> Observed<R> {
    match failure.next {
        Next::Wait {
            waiting_for,
            after_secs,
        } => Observed::Pending(Wait {
            waiting_for,
            after_secs,
        }),
        Next::Retry { .. } | Next::Park { .. } | Next::Stall { .. } | Next::Other(_) => {
            Observed::Unreadable(failure)
        }
    }
}

/// A time as its day.
pub(crate) fn day(when: DateTime) -> String {
    let at = Timestamp::from_second(when.secs());
    let text = at.map(|at| at.to_string()).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        reason = "a test may look for the sources of this crate"
    )]

    use std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    };

    use tenancy::FailureKind;

    use super::*;

    fn key() -> Key {
        Key::in_account("budget", "tenantry".to_owned())
    }

    #[test]
    fn what_is_there_and_not_found_by_another_call_is_becoming_visible_and_never_without_tags() {
        assert_eq!(
            with_details(&key(), Some(1), Some("tags")),
            Ok(Some((1, "tags")))
        );
        for details in [None, Some("tags")] {
            assert_eq!(with_details(&key(), None::<u8>, details), Ok(None));
        }
        let failure = with_details(&key(), Some(1), None::<&str>).unwrap_err();
        let observed = not_read::<u8>(failure);
        assert_eq!(observed, Observed::Pending(becoming_visible(&key())));
    }

    #[test]
    fn what_fails_in_another_way_is_unreadable() {
        let failure = Failure::retry(FailureKind::Transient, "reading", "no answer", 10);
        let observed = not_read::<u8>(failure.clone());
        assert_eq!(observed, Observed::Unreadable(failure));
    }

    /// The sources of each kind below a folder, by the kind's name: its file, and those in a folder of that name.
    fn sources(folder: &str) -> BTreeMap<String, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(folder);
        let mut all = BTreeMap::<String, String>::new();
        for entry in fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let files: Vec<PathBuf> = match path.is_dir() {
                true => fs::read_dir(&path)
                    .unwrap()
                    .map(|file| file.unwrap().path())
                    .collect(),
                false => vec![path],
            };
            for file in files.into_iter().filter(|file| file.is_file()) {
                let text = fs::read_to_string(file).unwrap();
                all.entry(kind.clone()).or_default().push_str(&text);
            }
        }
        all
    }

    #[test]
    fn every_kind_whose_tags_are_read_by_a_call_of_its_own_says_when_they_are_not_visible() {
        const CALLS: [&str; 6] = [
            ".list_tags_for_resource()",
            ".list_tags()",
            ".list_resource_tags()",
            ".list_targets_by_rule()",
            ".get_tags()",
            ".get_bucket_tagging()",
        ];
        let kinds = sources("resources")
            .into_iter()
            .chain(sources("trail"))
            // The calls are named here.
            .filter(|(kind, _)| kind != "details");
        let reading: BTreeMap<String, String> = kinds
            .filter(|(_, text)| CALLS.iter().any(|call| text.contains(call)))
            .collect();
        assert!(reading.len() >= 10, "{:?}", reading.keys());
        for (kind, text) in reading {
            assert!(text.contains("with_details("), "{kind}");
        }
    }
}
