//! Clients of the services in a tenant's account.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_config::{Region as SdkRegion, SdkConfig};
use baseline::Desired;
use tenancy::{Failure, Region};
use tokio::sync::OnceCell;

use super::{PassSessions, lock};

/// Clients in the tenant's account, built once a pass, service and Region.
pub struct TenantClients {
    sessions: Arc<PassSessions>,
    ec2: Mutex<BTreeMap<Region, aws_sdk_ec2::Client>>,
    logs: Mutex<BTreeMap<Region, aws_sdk_cloudwatchlogs::Client>>,
    kms: Mutex<BTreeMap<Region, aws_sdk_kms::Client>>,
    secretsmanager: Mutex<BTreeMap<Region, aws_sdk_secretsmanager::Client>>,
    s3: Mutex<BTreeMap<Region, aws_sdk_s3::Client>>,
    s3control: Mutex<BTreeMap<Region, aws_sdk_s3control::Client>>,
    cloudtrail: Mutex<BTreeMap<Region, aws_sdk_cloudtrail::Client>>,
    cloudwatch: Mutex<BTreeMap<Region, aws_sdk_cloudwatch::Client>>,
    events: Mutex<BTreeMap<Region, aws_sdk_eventbridge::Client>>,
    sns: Mutex<BTreeMap<Region, aws_sdk_sns::Client>>,
    access_analyzer: Mutex<BTreeMap<Region, aws_sdk_accessanalyzer::Client>>,
    resource_groups: Mutex<BTreeMap<Region, aws_sdk_resourcegroups::Client>>,
    iam: OnceCell<aws_sdk_iam::Client>,
    account: OnceCell<aws_sdk_account::Client>,
    budgets: OnceCell<aws_sdk_budgets::Client>,
    cost_explorer: OnceCell<aws_sdk_costexplorer::Client>,
}

/// The one Region in which the services answer that are about costs. Source: AWS General Reference, "AWS Billing and Cost Management
/// endpoints".
const COSTS_REGION: SdkRegion = SdkRegion::from_static("us-east-1");

fn regional(config: &SdkConfig, region: &Region) -> SdkConfig {
    config
        .to_builder()
        .region(SdkRegion::new(region.to_string()))
        .build()
}

/// The same session, for the services that are about costs.
pub(crate) fn of_costs(config: &SdkConfig) -> SdkConfig {
    config.to_builder().region(COSTS_REGION).build()
}

macro_rules! regional_client {
    ($(#[$doc:meta])* $name:ident, $client:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// The account cannot be entered.
        pub async fn $name(&self, desired: &Desired, region: &Region) -> Result<$client, Failure> {
            if let Some(client) = lock(&self.$name).get(region) {
                return Ok(client.clone());
            }
            let session = self.sessions.tenant(desired).await?;
            let client = <$client>::new(&regional(&session, region));
            Ok(lock(&self.$name).entry(region.clone()).or_insert(client).clone())
        }
    };
}

impl TenantClients {
    pub(super) fn new(sessions: Arc<PassSessions>) -> Self {
        Self {
            sessions,
            ec2: Mutex::default(),
            logs: Mutex::default(),
            kms: Mutex::default(),
            secretsmanager: Mutex::default(),
            s3: Mutex::default(),
            s3control: Mutex::default(),
            cloudtrail: Mutex::default(),
            cloudwatch: Mutex::default(),
            events: Mutex::default(),
            sns: Mutex::default(),
            access_analyzer: Mutex::default(),
            resource_groups: Mutex::default(),
            iam: OnceCell::new(),
            account: OnceCell::new(),
            budgets: OnceCell::new(),
            cost_explorer: OnceCell::new(),
        }
    }

    regional_client!(
        /// EC2 in a Region of the tenant's account.
        ec2, aws_sdk_ec2::Client
    );
    regional_client!(
        /// CloudWatch Logs in a Region of the tenant's account.
        logs, aws_sdk_cloudwatchlogs::Client
    );
    regional_client!(
        /// KMS in a Region of the tenant's account.
        kms, aws_sdk_kms::Client
    );
    regional_client!(
        /// Secrets Manager in a Region of the tenant's account.
        secretsmanager, aws_sdk_secretsmanager::Client
    );
    regional_client!(
        /// S3 in a Region of the tenant's account.
        s3, aws_sdk_s3::Client
    );
    regional_client!(
        /// The account's own settings of S3, asked in a Region.
        s3control, aws_sdk_s3control::Client
    );
    regional_client!(
        /// CloudTrail in a Region of the tenant's account.
        cloudtrail, aws_sdk_cloudtrail::Client
    );
    regional_client!(
        /// CloudWatch in a Region of the tenant's account.
        cloudwatch, aws_sdk_cloudwatch::Client
    );
    regional_client!(
        /// EventBridge in a Region of the tenant's account.
        events, aws_sdk_eventbridge::Client
    );
    regional_client!(
        /// SNS in a Region of the tenant's account.
        sns, aws_sdk_sns::Client
    );
    regional_client!(
        /// IAM Access Analyzer in a Region of the tenant's account.
        access_analyzer, aws_sdk_accessanalyzer::Client
    );
    regional_client!(
        /// Resource Groups in a Region of the tenant's account.
        resource_groups, aws_sdk_resourcegroups::Client
    );

    /// IAM in the tenant's account.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub async fn iam(&self, desired: &Desired) -> Result<aws_sdk_iam::Client, Failure> {
        let open = || async {
            Ok(aws_sdk_iam::Client::new(
                &self.sessions.tenant(desired).await?,
            ))
        };
        self.iam.get_or_try_init(open).await.cloned()
    }

    /// The account's own details: its name.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub async fn account(&self, desired: &Desired) -> Result<aws_sdk_account::Client, Failure> {
        let open = || async {
            Ok(aws_sdk_account::Client::new(
                &self.sessions.tenant(desired).await?,
            ))
        };
        self.account.get_or_try_init(open).await.cloned()
    }

    /// AWS Budgets of the tenant's account.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub async fn budgets(&self, desired: &Desired) -> Result<aws_sdk_budgets::Client, Failure> {
        let open = || async {
            let session = self.sessions.tenant(desired).await?;
            Ok(aws_sdk_budgets::Client::new(&of_costs(&session)))
        };
        self.budgets.get_or_try_init(open).await.cloned()
    }

    /// Cost Explorer of the tenant's account.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub async fn cost_explorer(
        &self,
        desired: &Desired,
    ) -> Result<aws_sdk_costexplorer::Client, Failure> {
        let open = || async {
            let session = self.sessions.tenant(desired).await?;
            Ok(aws_sdk_costexplorer::Client::new(&of_costs(&session)))
        };
        self.cost_explorer.get_or_try_init(open).await.cloned()
    }
}
