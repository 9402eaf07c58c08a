"""`make up`: starts the local AWS, deploys tenantry to it, and writes `.local/env`. Run again, it deploys again."""

import json
import os
import sys
import time
from pathlib import Path

import deploy
import processes
from down import down
from places import ACCOUNT, BINARIES, ENVIRONMENT, FUNCTION_BINARIES, FUNCTIONS, REGION, ROOT, RUN

# Stack parameters a caller may set: TENANTRY_STACK_SETTINGS='{"AuditJitterSeconds": "0"}' make up
# The defaults are short: messages of a function that died are redelivered soon, and audits start at once.
SETTINGS = {"WorkVisibilitySeconds": "30", "LeaseSeconds": "60", "AuditJitterSeconds": "0", "VisibilityGraceSeconds": "20"}

HEALTH = "/_ministack/health"


def up():
    """Brings everything up and returns the recorded state. What already runs and is healthy is kept."""
    missing = [name for name in FUNCTIONS if not (FUNCTION_BINARIES / name).exists()]
    if missing:
        sys.exit(f"not built: {', '.join(missing)} in {FUNCTION_BINARIES}; run `make build` first")
    begun = time.monotonic()
    state, configuration = processes.load(), proxy_configuration()
    if not is_up(state) or configuration not in (None, state.get("configuration")):
        down(quiet=True)
        state = start(configuration)
    settings = SETTINGS | json.loads(os.environ.get("TENANTRY_STACK_SETTINGS", "{}"))
    state["outputs"] = deploy.deploy(state["endpoint"], settings)
    state["api"] = f"{state['endpoint']}/_aws/execute-api/{state['outputs']['ApiId']}"
    processes.save(state)
    write_environment(state)
    print(f"local AWS is up at {state['endpoint']} after {time.monotonic() - begun:.1f} s; `. .local/env` to use it")
    return state


def is_up(state):
    """Whether every recorded process runs and the emulator answers."""
    complete = "emulator" in state and "endpoint" in state
    running = complete and all(processes.is_running(record) for record in state["processes"])
    return running and processes.answers(state["emulator"] + HEALTH)


def proxy_configuration():
    """The proxy's configuration, if the caller set one; the proxy itself validates it."""
    path = os.environ.get("TENANTRY_PROXY_CONFIG")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"the proxy's configuration {path} cannot be read: {error.strerror}")


def start(configuration):
    """Starts the proxy (if it is built) and the emulator behind it."""
    state = {"processes": [], "configuration": configuration}
    port = processes.free_port()
    state["emulator"] = upstream = f"http://127.0.0.1:{port}"
    # The proxy starts first: the emulator passes its address to the functions, whose calls go through it too.
    state["endpoint"] = start_proxy(state, upstream) if (BINARIES / "local-aws-proxy").exists() else upstream
    emulator = processes.start(state, "emulator", emulator_command(), emulator_environment(port, state["endpoint"]))
    # Past the proxy, so that health checks are not recorded.
    processes.wait_until("the local AWS", lambda: processes.answers(upstream + HEALTH), emulator)
    return state


def start_proxy(state, upstream):
    """Starts the recording and fault proxy; its address is known once its port file is there."""
    port_file = RUN / "proxy.port"
    command = [str(BINARIES / "local-aws-proxy"), "--listen", "127.0.0.1:0", "--upstream", upstream]
    state["record"] = str(RUN / "calls.jsonl")
    command += ["--port-file", str(port_file), "--record", state["record"]]
    if config := os.environ.get("TENANTRY_PROXY_CONFIG"):
        command += ["--config", config]
    proxy = processes.start(state, "proxy", command, dict(os.environ))
    processes.wait_until("the proxy", lambda: port_file.exists() and port_file.read_text().strip(), proxy)
    return f"http://127.0.0.1:{port_file.read_text().strip()}"


def emulator_command():
    """MiniStack in this venv, with the corrections of emulator.py."""
    return [sys.executable, str(ROOT / "tests" / "local" / "emulator.py")]


def emulator_environment(port, endpoint):
    """The emulator's whole environment, which functions inherit: without the caller's credentials or settings."""
    temporary = RUN / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(RUN),
        "TMPDIR": str(temporary),
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3_CONTROL": s3_control(endpoint),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "RUST_BACKTRACE": "1",
    }


def s3_control(endpoint):
    """Where S3 Control is. Clients put the account in front of it, where only an address with an `@` stays one that can be found."""
    return endpoint.replace("://", "://s3-control@", 1)


def exports(state):
    """What a program needs in its environment to use the local AWS as the management account."""
    return {
        "AWS_ENDPOINT_URL": state["endpoint"],
        "AWS_ENDPOINT_URL_S3_CONTROL": s3_control(state["endpoint"]),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TENANTRY_API_URL": state["api"],
        "TENANTRY_PORTAL_URL": state["outputs"].get("PortalUrl", ""),
    }


def write_environment(state):
    """Writes `.local/env`, for shells."""
    lines = ["unset AWS_PROFILE AWS_SESSION_TOKEN AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE"]
    lines += [f"export {name}='{value}'" for name, value in exports(state).items()]
    ENVIRONMENT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    up()
