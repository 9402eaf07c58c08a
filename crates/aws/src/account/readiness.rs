//! Whether a new account can be worked in: no signal is documented, so each service is asked something harmless.

use aws_config::{Region as SdkRegion, SdkConfig};
use baseline::{Desired, account::Readiness};
use futures::join;
use tenancy::{AccountId, Failure, Verb};

use super::AccountPort;
use crate::{errors, installation::Installation};

impl AccountPort {
    /// Asks nothing once the management roles have let us in, on the way out, or in an audit: the auditor may not enter that way.
    pub(super) async fn readiness(&self, desired: &Desired, id: &AccountId) -> Readiness {
        if Installation::of(&self.pass).is_done() {
            return Readiness::Ready;
        }
        if desired.leaving() || self.pass.verb != Verb::Onboard {
            return Readiness::Unchecked;
        }
        let entered = Desired {
            account: Some(id.clone()),
            ..desired.clone()
        };
        let missing = match self.pass.sessions.bootstrap(&entered).await {
            Ok(session) => self.unanswered(&session, desired).await,
            Err(failure) => vec![format!("entering it: {}", failure.detail)],
        };
        match missing.is_empty() {
            true => Readiness::Ready,
            false => Readiness::NotReady {
                missing,
                age_secs: 0,
            },
        }
    }

    async fn unanswered(&self, session: &SdkConfig, desired: &Desired) -> Vec<String> {
        let region = desired
            .home_region()
            .unwrap_or(&self.pass.settings.home_region);
        let session = session
            .to_builder()
            .region(SdkRegion::new(region.to_string()))
            .build();
        let iam = aws_sdk_iam::Client::new(&session);
        let ec2 = aws_sdk_ec2::Client::new(&session);
        let s3 = aws_sdk_s3::Client::new(&session);
        let cloudtrail = aws_sdk_cloudtrail::Client::new(&session);
        let logs = aws_sdk_cloudwatchlogs::Client::new(&session);
        let (iam, ec2, s3, cloudtrail, logs) = join!(
            iam.get_account_summary().send(),
            ec2.describe_vpcs().send(),
            s3.list_buckets().send(),
            cloudtrail.describe_trails().send(),
            logs.describe_log_groups().limit(1).send(),
        );
        let answers: [Option<Failure>; 5] = [
            iam.err().map(|error| errors::failure("IAM", &error)),
            ec2.err().map(|error| errors::failure("EC2", &error)),
            s3.err().map(|error| errors::failure("S3", &error)),
            cloudtrail
                .err()
                .map(|error| errors::failure("CloudTrail", &error)),
            logs.err()
                .map(|error| errors::failure("CloudWatch Logs", &error)),
        ];
        answers.iter().flatten().map(ToString::to_string).collect()
    }
}
