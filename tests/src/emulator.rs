//! A local AWS of one's own: MiniStack on a free port, stopped when dropped.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::proxy::{Config, Proxy};

/// The management account of every emulator started here.
pub const MANAGEMENT_ACCOUNT: &str = "111111111111";

static GIVEN: AtomicU32 = AtomicU32::new(0);

/// How an emulator is to be started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Enforce IAM.
    pub auth: bool,
    /// Port; a free one if left out.
    pub port: Option<u16>,
    /// The endpoint its Lambda functions are given; its own if left out.
    pub endpoint: Option<String>,
    /// More variables for its environment, which its Lambda functions inherit.
    pub environment: Vec<(String, String)>,
}

/// A running emulator; it is stopped when dropped.
#[derive(Debug)]
pub struct Emulator {
    port: u16,
    child: Child,
}

impl Emulator {
    /// Starts one with IAM enforcement on or off, and waits until it is healthy.
    ///
    /// # Errors
    /// If MiniStack is not installed (the message says how to install it) or does not come up.
    pub async fn start(auth: bool) -> io::Result<Self> {
        Self::start_with(Options {
            auth,
            ..Options::default()
        })
        .await
    }

    /// Starts one as asked, and waits until it is healthy.
    ///
    /// # Errors
    /// As [`Emulator::start`].
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let program = installed()?;
        let port = match options.port {
            Some(port) => port,
            None => free_port()?,
        };
        let endpoint = options
            .endpoint
            .unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
        // Not the program itself but our start of it, which puts right where it evaluates permissions unlike AWS.
        let python = program.with_file_name("python");
        let start = Path::new(env!("CARGO_MANIFEST_DIR")).join("local/emulator.py");
        let child = Command::new(python)
            .arg(start)
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_ACCOUNT_ID", MANAGEMENT_ACCOUNT)
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("AWS_ENDPOINT_URL_S3_CONTROL", s3_control_url(&endpoint))
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AUTH", if options.auth { "true" } else { "false" })
            .envs(options.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut emulator = Self { port, child };
        emulator.wait_until_healthy().await?;
        Ok(emulator)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its own address, past any proxy.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn wait_until_healthy(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!(
                    "starting MiniStack on port {}: it ended at once with {status}",
                    self.port
                )));
            }
            if healthy(self.port).await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(io::Error::other(format!(
            "MiniStack on port {} was not healthy within 30 s",
            self.port
        )))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // SIGTERM, so that it stops its Lambda workers and clears up; SIGKILL would leave both behind.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An emulator with the proxy in front of it; Lambda functions call through the proxy too.
#[derive(Debug)]
pub struct LocalAws {
    /// The proxy, for clients.
    pub proxy: Proxy,
    /// The emulator, for reads past the proxy.
    pub emulator: Emulator,
}

impl LocalAws {
    /// Starts both; `config.upstream` is filled in.
    ///
    /// # Errors
    /// As [`Emulator::start`] and [`Proxy::start`].
    pub async fn start(auth: bool, config: Config) -> io::Result<Self> {
        Self::start_with(auth, config, Vec::new()).await
    }

    /// Starts both, with more variables for the emulator's environment.
    ///
    /// # Errors
    /// As [`LocalAws::start`].
    pub async fn start_with(
        auth: bool,
        config: Config,
        environment: Vec<(String, String)>,
    ) -> io::Result<Self> {
        let port = free_port()?;
        let upstream = format!("http://127.0.0.1:{port}");
        let proxy = Proxy::start(Config {
            upstream,
            management_account: MANAGEMENT_ACCOUNT.to_owned(),
            ..config
        })
        .await?;
        let options = Options {
            auth,
            port: Some(port),
            endpoint: Some(proxy.url()),
            environment,
        };
        let emulator = Emulator::start_with(options).await?;
        Ok(Self { proxy, emulator })
    }
}

/// What to set as `AWS_ENDPOINT_URL_S3_CONTROL` where `endpoint` is the `AWS_ENDPOINT_URL`.
///
/// SDKs put the account in front of the address of S3 Control, and `123456789012.127.0.0.1` is no host. In front of an `@` it
/// is no part of the host, so nothing has to be looked up.
pub fn s3_control_url(endpoint: &str) -> String {
    endpoint.replacen("://", "://s3-control@", 1)
}

/// What the environment would say of the endpoints of single services, for an SDK configuration that is made by hand.
#[derive(Clone, Debug)]
pub struct ServiceEndpoints {
    endpoint: String,
}

impl ServiceEndpoints {
    /// Those that go with this `AWS_ENDPOINT_URL`.
    pub fn of(endpoint: &str) -> Self {
        let endpoint = endpoint.to_owned();
        Self { endpoint }
    }
}

impl LoadServiceConfig for ServiceEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let wanted = (key.service_id(), key.env()) == ("S3 Control", "AWS_ENDPOINT_URL");
        wanted.then(|| s3_control_url(&self.endpoint))
    }
}

/// The installed MiniStack: `TENANTRY_MINISTACK`, or the one `make up` puts under `.local/`.
///
/// # Errors
/// If there is none.
pub fn installed() -> io::Result<PathBuf> {
    if let Some(program) = std::env::var_os("TENANTRY_MINISTACK") {
        return Ok(program.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    let program = root.join(".local/venv/bin/ministack");
    if program.exists() {
        return Ok(program);
    }
    let message = "MiniStack is not installed under `.local/`: run `make up` or `make test`, or set TENANTRY_MINISTACK to its program";
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

/// A port that was free a moment ago. It lies below the range from which the system gives ports to
/// connections and to those who ask for any, and is given once by this process, so it stays free.
///
/// # Errors
/// If there is none.
pub fn free_port() -> io::Result<u16> {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    for _ in 0..COUNT {
        let step = GIVEN.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(61).wrapping_add(step)) % COUNT;
        let port = u16::try_from(FIRST + offset).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no free port between 20000 and 31999",
    ))
}

async fn healthy(port: u16) -> bool {
    let answer = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream
            .write_all(
                b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            )
            .await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        io::Result::Ok(&head == b"HTTP/1.1 200")
    };
    tokio::time::timeout(Duration::from_secs(2), answer)
        .await
        .is_ok_and(|answer| answer.unwrap_or(false))
}
