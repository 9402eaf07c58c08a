//! Roles, policies, the instance profile, and what of IAM is of the whole account.

use serde_json::Value;
use tenancy::names;

use crate::{
    asks::{Ask, account, all, text},
    declared::{self, FieldRef, ResourceChange, State},
    desired::Desired,
};

fn iam_arn(desired: &Desired, change: &ResourceChange, kind: &str) -> String {
    let (account, path) = (account(desired), text(change, "path"));
    format!("arn:aws:iam::{account}:{kind}{path}{}", change.key.name)
}

pub(in crate::resources) fn role(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "role");
    let bounded = |ask: Ask, state: &State| match state.get("boundary").and_then(Value::as_str) {
        Some(boundary) => ask.with("iam:PermissionsBoundary", boundary),
        None => ask,
    };
    match &change.effect {
        declared::Effect::Create { wanted } => vec![
            bounded(Ask::of("iam:CreateRole", &arn), wanted),
            Ask::of("iam:TagRole", &arn),
        ],
        declared::Effect::Delete { .. } => all(&["iam:DeleteRole"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let ask = |field: &FieldRef| {
                let removed = field.value(wanted).is_null();
                let entry = field.entry.as_deref().unwrap_or_default();
                match (field.field.name, removed) {
                    ("trust", _) => Ask::of("iam:UpdateAssumeRolePolicy", &arn),
                    ("inline", false) => Ask::of("iam:PutRolePolicy", &arn),
                    ("inline", true) => Ask::of("iam:DeleteRolePolicy", &arn),
                    ("attached", false) => {
                        Ask::of("iam:AttachRolePolicy", &arn).with("iam:PolicyARN", entry)
                    }
                    ("attached", true) => {
                        Ask::of("iam:DetachRolePolicy", &arn).with("iam:PolicyARN", entry)
                    }
                    ("boundary", false) => {
                        bounded(Ask::of("iam:PutRolePermissionsBoundary", &arn), wanted)
                    }
                    ("boundary", true) => Ask::of("iam:DeleteRolePermissionsBoundary", &arn),
                    ("tags", _) => Ask::of("iam:TagRole", &arn),
                    ("session", _) => Ask::of("iam:UpdateRole", &arn),
                    (other, _) => panic!("the field `{other}` of a role has no row here"),
                }
            };
            fields.iter().map(ask).collect()
        }
    }
}

pub(in crate::resources) fn policy(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "policy");
    match &change.effect {
        declared::Effect::Create { .. } => all(&["iam:CreatePolicy", "iam:TagPolicy"], &arn),
        declared::Effect::Delete { .. } => {
            all(&["iam:DeletePolicy", "iam:DeletePolicyVersion"], &arn)
        }
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "document" => &["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"][..],
                "tags" => &["iam:TagPolicy"],
                other => panic!("the field `{other}` of a policy has no row here"),
            };
            fields
                .iter()
                .flat_map(|field| all(of(field), &arn))
                .collect()
        }
    }
}

pub(in crate::resources) fn instance_profile(
    desired: &Desired,
    change: &ResourceChange,
) -> Vec<Ask> {
    let arn = iam_arn(desired, change, "instance-profile");
    let pass = |name: &str| {
        let role = names::tenant_role_arn(desired.account.as_ref().unwrap(), name);
        Ask::of("iam:PassRole", role).with("iam:PassedToService", "ec2.amazonaws.com")
    };
    let make = ["iam:CreateInstanceProfile", "iam:TagInstanceProfile"];
    match &change.effect {
        declared::Effect::Create { .. } => all(&make, &arn),
        declared::Effect::Delete { .. } => all(&["iam:DeleteInstanceProfile"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let of = |field: &FieldRef| match (field.field.name, wanted.get("role")) {
                ("role", Some(Value::String(role))) => {
                    let change = [
                        "iam:RemoveRoleFromInstanceProfile",
                        "iam:AddRoleToInstanceProfile",
                    ];
                    let mut asks = all(&change, &arn);
                    asks.push(pass(role));
                    asks
                }
                ("role", _) => all(&["iam:RemoveRoleFromInstanceProfile"], &arn),
                ("tags", _) => all(&["iam:TagInstanceProfile"], &arn),
                (other, _) => panic!("the field `{other}` of a profile has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

pub(in crate::resources) fn alias(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    // An account has one alias: a new one takes the place of the one it had.
    match &change.effect {
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["iam:CreateAccountAlias"], "*")
        }
        declared::Effect::Delete { .. } => all(&["iam:DeleteAccountAlias"], "*"),
    }
}

pub(in crate::resources) fn account_name(_desired: &Desired, _change: &ResourceChange) -> Vec<Ask> {
    all(&["account:PutAccountName"], "*")
}

pub(in crate::resources) fn password_policy(
    _desired: &Desired,
    _change: &ResourceChange,
) -> Vec<Ask> {
    all(&["iam:UpdateAccountPasswordPolicy"], "*")
}
