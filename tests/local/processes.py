"""The processes of the local AWS: started in their own group, recorded before they are relied on, ended by exact id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from places import LOCAL, RUN, STATE


def load():
    """What is recorded as running: `{"processes": [...], ...}`, empty after `down`."""
    try:
        return json.loads(STATE.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {"processes": []}


def save(state):
    """Records `state` in one step, so that a crash leaves the old record or the new one."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    draft = STATE.with_suffix(".new")
    draft.write_text(json.dumps(state, indent=2) + "\n")
    draft.replace(STATE)


def start(state, name, command, environment):
    """Starts `command` in its own process group, output to `run/<name>.log`, and records it."""
    RUN.mkdir(parents=True, exist_ok=True)
    path = RUN / f"{name}.log"
    with open(path, "ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    process.log = path
    state["processes"].append({"name": name, "pid": process.pid, "started": started(process.pid)})
    save(state)
    return process


def started(pid):
    """When process `pid` started, as the system writes it, or None if there is none (or only its remains)."""
    try:
        # After the name, which may hold anything: state is the first field, the start time the twentieth.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else started_by_ps(pid)


def started_by_ps(pid):
    """The same where there is no /proc."""
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    status, _, since = answer.stdout.strip().partition(" ")
    return since.strip() if since and not status.startswith("Z") else None


def is_running(record):
    """Whether the recorded process itself still runs; another one that got its id later does not count."""
    return record["started"] is not None and started(record["pid"]) == record["started"]


def stop(record, patience=10.0):
    """Ends the recorded process and its group (function workers): politely first, then not."""
    if is_running(record):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record["pid"], signal.SIGTERM)
        deadline = time.monotonic() + patience
        while is_running(record) and time.monotonic() < deadline:
            time.sleep(0.05)
    elif started(record["pid"]):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(record["pid"], signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(record["pid"], 0)


def free_port():
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, ready, process, patience=60.0):
    """Waits until `ready()` is true; ends with the last line of its log if `process` ends before that."""
    deadline = time.monotonic() + patience
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = process.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise SystemExit(f"{what} did not start: {''.join(said) or 'it said nothing'} (see {process.log})")
        time.sleep(0.05)


def answers(url):
    """Whether an HTTP GET of `url` is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
