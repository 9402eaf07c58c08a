//! Kinds of which it is not tried that something else stands where ours must be.

/// Kinds of which nothing of somebody else's can stand where ours is, and why; beside them the switches of `guard`, which every account has.
pub(super) const EXEMPT: [(&str, &str); 9] = [
    ("account-name", SETTING),
    ("password-policy", SETTING),
    (
        "alias",
        "an account has one, which is ours to set; of a leaving tenant only ours is freed",
    ),
    (
        "default-vpc",
        "AWS makes it; it goes only where nothing of others is in it, which its removal looks at first",
    ),
    (
        "metric-filter",
        "a part of a log group, and ours where that is: `strangers` tries it",
    ),
    ("organization-trail", OBSERVED),
    ("other-trails", OBSERVED),
    ("other-ways-in", OBSERVED),
    ("root-user", OBSERVED),
];
const SETTING: &str = "a setting that every account has: it is set, and never made or deleted";
const OBSERVED: &str = "it is only observed, and never made, set or deleted";
