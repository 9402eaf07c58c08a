//! The function binaries: their size, the time until they first poll the Runtime API (cold start), and their memory then.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use scenarios::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::{AnyError, REGION},
    stack::binaries,
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{processes::resident_mib, table::Table};

const FUNCTIONS: [(&str, f64); 5] = [
    ("api", 9.0),
    ("onboard", 14.0),
    ("audit", 14.0),
    ("offboard", 14.0),
    ("credentials", 11.0),
];
const RUNS: usize = 20;
const POLL: &[u8] = b"GET /2018-06-01/runtime/invocation/next";

/// Size, cold start and memory of every function, from the folder `TENANTRY_FUNCTIONS` or this program's own.
///
/// # Errors
/// A binary is not built, or never polls.
pub async fn measure() -> Result<Table, AnyError> {
    let folder = match std::env::var_os("TENANTRY_FUNCTIONS") {
        Some(folder) => folder.into(),
        None => binaries()?,
    };
    let profile = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut table = Table::new(format!(
        "Function binaries ({profile}; start: median of {RUNS}, from spawn to the first poll of the Runtime API)"
    ));
    for (name, most) in FUNCTIONS {
        eprintln!("bench: starting {name} {RUNS} times …");
        let program = folder.join(name);
        let bytes = std::fs::metadata(&program)
            .map_err(|error| format!("{}: {error}; build it first", program.display()))?
            .len();
        #[expect(clippy::cast_precision_loss, reason = "a file's size")]
        table.measured(format!("{name}: size"), bytes as f64 / 1e6, most, "MB");
        let (start, memory) = starts(&program).await?;
        table.measured(format!("{name}: start"), start, 30.0, "ms");
        table.measured(format!("{name}: resident at start"), memory, 16.0, "MiB");
    }
    Ok(table)
}

/// The median time to the first poll in ms, and the largest memory then in MiB.
async fn starts(program: &Path) -> Result<(f64, f64), AnyError> {
    let mut times = Vec::new();
    let mut most: f64 = 0.0;
    for _ in 0..RUNS {
        let (time, memory) = start(program).await?;
        times.push(time);
        most = most.max(memory);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[RUNS / 2], most))
}

async fn start(program: &Path) -> Result<(f64, f64), AnyError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut command = command(program, &listener.local_addr()?.to_string());
    let begun = Instant::now();
    let child = Running(command.spawn()?);
    let polled = timeout(Duration::from_secs(20), first_poll(&listener)).await;
    let connection = polled.map_err(|_| format!("{} never polled", program.display()))??;
    let time = begun.elapsed().as_secs_f64() * 1e3;
    let memory = resident_mib(child.0.id());
    drop(connection);
    Ok((time, memory))
}

/// Waits for the poll; the connection stays open, so that the function keeps waiting for the response.
async fn first_poll(listener: &TcpListener) -> Result<TcpStream, AnyError> {
    let (mut connection, _) = listener.accept().await?;
    let mut head = [0; POLL.len()];
    connection.read_exact(&mut head).await?;
    if head != POLL {
        return Err(format!("not a poll: {}", String::from_utf8_lossy(&head)).into());
    }
    Ok(connection)
}

/// The function with the environment variables that Lambda and the template set, and no others.
fn command(program: &Path, runtime_api: &str) -> Command {
    let role = |name: &str| format!("arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/tenantry-{name}");
    let queue =
        |name: &str| format!("https://sqs.{REGION}.amazonaws.com/{MANAGEMENT_ACCOUNT}/{name}");
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "tenantry")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/tenantry")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("TENANTRY_TABLE", "tenantry-ledger")
        .env("TENANTRY_BUS", "tenantry")
        .env("TENANTRY_ONBOARD_QUEUE_URL", queue("onboard"))
        .env("TENANTRY_AUDIT_QUEUE_URL", queue("audit"))
        .env("TENANTRY_OFFBOARD_QUEUE_URL", queue("offboard"))
        .env("TENANTRY_ONBOARD_DEAD_LETTERS_URL", queue("onboard-dead"))
        .env("TENANTRY_AUDIT_DEAD_LETTERS_URL", queue("audit-dead"))
        .env("TENANTRY_OFFBOARD_DEAD_LETTERS_URL", queue("offboard-dead"))
        .env("TENANTRY_BROKER_ROLE_ARN", role("broker"))
        .env("TENANTRY_BOOTSTRAP_ROLE", "OrganizationAccountAccessRole")
        .env("TENANTRY_ONBOARD_ROLE_ARN", role("onboard"))
        .env("TENANTRY_AUDIT_ROLE_ARN", role("audit"))
        .env("TENANTRY_OFFBOARD_ROLE_ARN", role("offboard"))
        .env("TENANTRY_CREDENTIALS_ROLE_ARN", role("credentials"))
        .env("TENANTRY_ACCESS_ROLE_ARN", role("access"))
        .env("TENANTRY_ORGANIZATION_ID", "o-exampleorgid")
        .env(
            "TENANTRY_INSTALLATION",
            format!("{MANAGEMENT_ACCOUNT}/tenantry"),
        )
        .env("TENANTRY_PROVIDER_SECRETS", "tenantry/identity-provider")
        .env("TENANTRY_EMAIL_TEMPLATE", "aws+{tenant}@example.com")
        .env("TENANTRY_ALLOWED_REGIONS", REGION)
        .env("TENANTRY_CIDR_POOL", "10.0.0.0/8")
        .env("TENANTRY_VISIBILITY_GRACE_SECS", "300")
        .env("TENANTRY_LEASE_SECS", "900")
        .env("TENANTRY_CREATIONS_PER_HOUR", "100")
        .env("TENANTRY_CREATIONS_PER_DAY", "300")
        .env("TENANTRY_ORGANIZATIONS_RATE_PERCENT", "100")
        .env("TENANTRY_AUDIT_JITTER_SECS", "900")
        .env("TENANTRY_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A process that is killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
