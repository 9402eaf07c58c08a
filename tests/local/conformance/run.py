"""`make conformance`: sends generated requests to the deployed API and holds every answer against docs/openapi.json.

Checked: no 5xx, no answer that the document does not describe, no header or body of another shape, and no change of the ledger by a
request that was refused. The workers stand still meanwhile, so that only the API can change the ledger. `REQUESTS=N` asks for another
number than 2,000; what a run finds is shown with the request as a curl command.
"""

import os
import subprocess
import sys
from pathlib import Path

import boto3

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from down import down  # noqa: E402
from places import BINARIES, LOCAL, REGION, ROOT, RUN  # noqa: E402
from up import exports, up  # noqa: E402

# Schemathesis has a venv of its own: the local AWS and its pins have nothing to do with it.
PYTHON = LOCAL / "conformance" / "bin" / "python"
REQUESTS = int(os.environ.get("REQUESTS", "2000"))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method"


def main():
    """Runs it; the exit status is Schemathesis's, or 1 if there were fewer requests than requested."""
    state = up()
    try:
        environment = os.environ | exports(state) | {
            "CONFORMANCE_TABLE": state["outputs"]["TableName"],
            "CONFORMANCE_COUNT": str(RUN / "conformance.count"),
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "PYTHONPATH": str(HERE),
        }
        prepare(environment)
        stop_workers(state["endpoint"])
        return fuzz(state["api"], environment)
    finally:
        down(quiet=True)


def prepare(environment):
    """Two tenants to ask about: one that is active, one that is leaving."""
    for slug in ("acme", "globex"):
        words = ["tenant", "create", "--slug", slug, "--name", slug, "--blueprint", "sandbox", "--wait", "--quiet"]
        subprocess.run([BINARIES / "tenantry", *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    words = ["tenant", "delete", "globex", "--yes", "--quiet"]
    subprocess.run([BINARIES / "tenantry", *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def stop_workers(endpoint):
    """Nothing is taken from a queue any more, and no schedule fires."""
    account = dict(endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
    functions = boto3.client("lambda", **account)
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    events = boto3.client("events", **account)
    for bus in events.list_event_buses()["EventBuses"]:
        for rule in events.list_rules(EventBusName=bus["Name"])["Rules"]:
            events.disable_rule(Name=rule["Name"], EventBusName=bus["Name"])


def fuzz(api, environment):
    """Runs Schemathesis until there were enough requests."""
    command = [str(PYTHON), "-m", "schemathesis.cli", "run", str(ROOT / "docs" / "openapi.json"), "--url", api, "--checks", CHECKS + ",a_refused_request_changes_nothing"]
    command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--max-examples", str(max(1, REQUESTS // 20)), "--request-timeout", "60"]
    command += ["--seed", os.environ.get("SEED", "1"), *sys.argv[1:]]
    status = subprocess.run(command, env=environment, cwd=RUN, check=False).returncode
    count = int(Path(environment["CONFORMANCE_COUNT"]).read_text(encoding="utf-8"))
    print(f"{count} requests were answered")
    return status or (1 if count < REQUESTS else 0)


if __name__ == "__main__":
    sys.exit(main())
