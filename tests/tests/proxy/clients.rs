//! Clients for the proxy's tests.
use std::net::SocketAddr;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use scenarios::emulator::{LocalAws, ServiceEndpoints};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Clients with one set of credentials, without retries.
#[derive(Clone)]
pub struct Account {
    config: SdkConfig,
    url: String,
    key: String,
    token: Option<String>,
}

/// The management account's root, through the proxy.
pub fn management(aws: &LocalAws) -> Account {
    Account::new(&aws.proxy.url(), "test", "test", None)
}

/// The root of an account, through the proxy.
pub fn account(aws: &LocalAws, id: &str) -> Account {
    Account::new(&aws.proxy.url(), id, "test", None)
}

/// A session that may do everything in an account; the emulator checks the signatures of sessions.
pub async fn administrator(aws: &LocalAws, id: &str) -> Account {
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    limited(aws, id, "admin", everything).await
}

/// A session of a new role that may do what these statements say, in an account.
pub async fn limited(aws: &LocalAws, id: &str, role: &str, statements: &str) -> Account {
    let iam = account(aws, id).iam();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role()
        .role_name(role)
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    iam.put_role_policy()
        .role_name(role)
        .policy_name("all")
        .policy_document(format!(
            r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
        ))
        .send()
        .await
        .unwrap();
    management(aws)
        .assume(&format!("arn:aws:iam::{id}:role/{role}"), role)
        .await
        .unwrap()
}

/// Makes a VPC, 10.9.0.0/16; the error is its text.
pub async fn make_vpc(account: &Account) -> Result<String, String> {
    let answer = account
        .ec2()
        .create_vpc()
        .cidr_block("10.9.0.0/16")
        .send()
        .await;
    answer
        .map(|answer| answer.vpc.unwrap().vpc_id.unwrap())
        .map_err(|error| format!("{error:?}"))
}

impl Account {
    pub fn new(url: &str, key: &str, secret: &str, token: Option<String>) -> Self {
        let credentials = Credentials::new(key, secret, token.clone(), None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(url)
            .service_config(ServiceEndpoints::of(url))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self {
            config,
            url: url.to_owned(),
            key: key.to_owned(),
            token,
        }
    }

    /// The same credentials in another Region.
    pub fn in_region(&self, region: &'static str) -> Self {
        let config = self.config.to_builder().region(Region::new(region));
        Self {
            config: config.build(),
            ..self.clone()
        }
    }

    /// The same access key with another secret.
    pub fn with_secret(&self, secret: &str) -> Self {
        Self::new(&self.url, &self.key, secret, self.token.clone())
    }

    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }

    pub fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&self.config)
    }

    pub fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config)
    }

    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.config)
    }

    pub fn s3control(&self) -> aws_sdk_s3control::Client {
        aws_sdk_s3control::Client::new(&self.config)
    }

    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub fn cloudtrail(&self) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::new(&self.config)
    }

    pub fn events(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(&self.config)
    }

    pub fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.config)
    }

    /// Takes a role; the error is its text.
    pub async fn assume(&self, arn: &str, session: &str) -> Result<Self, String> {
        let answer = self
            .sts()
            .assume_role()
            .role_arn(arn)
            .role_session_name(session)
            .send()
            .await;
        let answer = answer.map_err(|error| format!("{error:?}"))?;
        let given = answer.credentials().unwrap();
        Ok(Self::new(
            &self.url,
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
        ))
    }
}

/// The control endpoints, by hand.
pub struct Control(SocketAddr);

impl Control {
    pub fn new(address: SocketAddr) -> Self {
        Self(address)
    }

    pub async fn request(&self, method: &str, path: &str, body: &str) -> String {
        self.request_of("proxy", method, path, body).await
    }

    pub async fn request_of(&self, host: &str, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
