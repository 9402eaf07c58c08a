//! Clients for the proxy's tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::net::SocketAddr;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use scenarios::emulator::LocalAws;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Clients with one set of credentials, without retries.
#[derive(Clone)]
pub struct Account {
    config: SdkConfig,
    url: String,
}

/// The management account's root, through the proxy.
pub fn management(aws: &LocalAws) -> Account {
    Account::new(&aws.proxy.url(), "test", "test", None)
}

/// The root of an account, through the proxy.
pub fn account(aws: &LocalAws, id: &str) -> Account {
    Account::new(&aws.proxy.url(), id, "test", None)
}

impl Account {
    pub fn new(url: &str, key: &str, secret: &str, token: Option<String>) -> Self {
        let credentials = Credentials::new(key, secret, token, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(url)
            .retry_config(RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self {
            config,
            url: url.to_owned(),
        }
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
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
