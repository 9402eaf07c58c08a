//! The deployed machine: the real template and function binaries on a local AWS of one's own, as `make up` makes it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

use crate::{emulator, machine::AnyError, proxy::Config};

static STACKS: AtomicU32 = AtomicU32::new(0);

/// A deployed machine; it is taken down when dropped.
pub struct Stack {
    /// What `make up` recorded: `endpoint`, `api`, `outputs`, `processes`.
    pub state: Value,
    local: PathBuf,
}

impl Stack {
    /// Brings one up, with stack parameters of the caller's.
    ///
    /// # Errors
    /// Something is not built or installed, or does not deploy; the message is that of `make up`.
    pub fn start(parameters: &Value) -> Result<Self, AnyError> {
        Self::start_behind(parameters, &Config::default())
    }

    /// Brings one up behind a proxy that behaves as `proxy` says.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_behind(parameters: &Value, proxy: &Config) -> Result<Self, AnyError> {
        Self::start_of(parameters, proxy, None)
    }

    /// As [`Self::start_behind`], from another template, such as that of an earlier release.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_of(
        parameters: &Value,
        proxy: &Config,
        template: Option<&Path>,
    ) -> Result<Self, AnyError> {
        let number = STACKS.fetch_add(1, Ordering::SeqCst);
        let local =
            std::env::temp_dir().join(format!("tenantry-stack-{}-{number}", std::process::id()));
        let mut stack = Self {
            state: Value::Null,
            local,
        };
        let config = stack.local.with_extension("json");
        std::fs::write(&config, serde_json::to_vec(proxy)?)?;
        let mut up = stack.up(parameters)?;
        up.env("TENANTRY_PROXY_CONFIG", &config);
        if let Some(template) = template {
            up.env("TENANTRY_TEMPLATE", template);
        }
        let deployed = stack.deploy(up);
        std::fs::remove_file(&config)?;
        deployed.map(|()| stack)
    }

    /// Updates the stack to the template of this tree and these parameters, while everything runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn update(&mut self, parameters: &Value) -> Result<(), AnyError> {
        let up = self.up(parameters)?;
        self.deploy(up)
    }

    fn up(&self, parameters: &Value) -> Result<Command, AnyError> {
        let mut up = self.command("up.py")?;
        up.env("TENANTRY_STACK_SETTINGS", parameters.to_string());
        Ok(up)
    }

    fn deploy(&mut self, mut up: Command) -> Result<(), AnyError> {
        let output = up.output()?;
        if !output.status.success() {
            return Err(format!(
                "bringing the machine up: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        self.state = serde_json::from_slice(&std::fs::read(self.local.join("state.json"))?)?;
        Ok(())
    }

    /// The address of the local AWS, through the proxy.
    pub fn endpoint(&self) -> &str {
        self.text("endpoint")
    }

    /// The address of the API.
    pub fn api(&self) -> &str {
        self.text("api")
    }

    /// An output of the stacks.
    pub fn output(&self, name: &str) -> &str {
        self.state
            .get("outputs")
            .and_then(|outputs| outputs.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The command line, ready to call this machine as the management account.
    ///
    /// # Errors
    /// The binaries cannot be found.
    pub fn tenantry(&self) -> Result<Command, AnyError> {
        let mut command = Command::new(binaries()?.join("tenantry"));
        command
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_REGION", crate::machine::REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("TENANTRY_API_URL", self.api());
        Ok(command)
    }

    /// Asks the proxy something (see `proxy::control`), such as `DELETE /_proxy/faults`.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, AnyError> {
        let authority = self.endpoint().trim_start_matches("http://");
        let mut stream = TcpStream::connect(authority)?;
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        match text.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => {
                Ok(serde_json::from_str(body)?)
            }
            _ => Err(format!("{method} {path}: {text}").into()),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.state
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn command(&self, script: &str) -> Result<Command, AnyError> {
        let python = emulator::installed()?.with_file_name("python");
        let target = binaries()?;
        let profile = if target.ends_with("release") {
            "release"
        } else {
            "dev"
        };
        let mut command = Command::new(python);
        command
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("local")
                    .join(script),
            )
            .env("TENANTRY_LOCAL_DIR", &self.local)
            .env("CARGO_TARGET_DIR", target.parent().unwrap_or(&target))
            .env("PROFILE", profile);
        Ok(command)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Ok(mut command) = self.command("down.py") {
            let _ = command.output();
        }
        let _ = std::fs::remove_dir_all(&self.local);
    }
}

/// Where the binaries of the profile this program was built with are: beside it, or one above a test.
///
/// # Errors
/// This program's own path cannot be told.
pub fn binaries() -> Result<PathBuf, AnyError> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("a program in no folder")?;
    let above = if folder.ends_with("deps") {
        folder.parent().ok_or("no target folder")?
    } else {
        folder
    };
    Ok(above.to_owned())
}
