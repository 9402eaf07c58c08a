//! What each change of an analyzer asks of IAM Access Analyzer.

use crate::{
    asks::{Ask, account, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn analyzer(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:access-analyzer:{region}:{account}:analyzer/{name}");
    let service = "access-analyzer.amazonaws.com";
    let role = format!(
        "arn:aws:iam::{account}:role/aws-service-role/{service}/AWSServiceRoleForAccessAnalyzer"
    );
    let create = || {
        vec![
            Ask::of("access-analyzer:CreateAnalyzer", &arn),
            Ask::of("iam:CreateServiceLinkedRole", &role).with("iam:AWSServiceName", service),
        ]
    };
    let delete = || all(&["access-analyzer:DeleteAnalyzer"], &arn);
    match &change.effect {
        declared::Effect::Create { .. } => create(),
        declared::Effect::Delete { .. } => delete(),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "days" => [delete(), create()].concat(),
                "exclusions" => all(&["access-analyzer:UpdateAnalyzer"], &arn),
                "tags" => all(&["access-analyzer:TagResource"], &arn),
                other => panic!("the field `{other}` of an analyzer has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}
