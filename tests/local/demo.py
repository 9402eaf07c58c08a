"""`make demo`: two customers get their own AWS accounts, drift is found and put right, and one customer leaves.

Everything goes through the command line, API Gateway, EventBridge and SQS of the local AWS to the real function binaries;
the drift is made with plain AWS calls, without tenantry. `KEEP=1` leaves the machine running. `FAULTS=FILE` injects the faults of
a proxy configuration, such as tests/local/rough.json.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

from down import down
from places import ACCOUNT, BINARIES, REGION
from up import up

# By slug: name, blueprint, and what its spec chooses.
TENANTS = {
    "acme": ("Acme Corporation", "standard", ["--egress", "single-nat"]),
    "globex": ("Globex GmbH", "regulated", ["--contact-security", "Gil <gil@globex.example>", "--budget-usd", "500"]),
}
BOLD, DIM, RESET = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class Demo:
    """A run of the demo against a machine that is up."""

    def __init__(self, state):
        self.state = state
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "AWS_ENDPOINT_URL": state["endpoint"],
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "TENANTRY_API_URL": state["api"],
        }

    def command(self, *words):
        """The command line of a tenantry command."""
        return [str(BINARIES / "tenantry"), *words]

    def run(self, *words):
        """Prints a command, runs it, and lets its output through."""
        print(f"{DIM}$ tenantry {' '.join(words)}{RESET}", flush=True)
        subprocess.run(self.command(*words), env=self.environment, check=True)

    def query(self, *words):
        """The JSON output of a command."""
        completed = subprocess.run(
            self.command(*words, "--output", "json"), env=self.environment, check=True, capture_output=True, text=True
        )
        return json.loads(completed.stdout)

    def create_concurrently(self):
        """Creates all tenants at the same time, each with its own lines of progress."""
        threads = [threading.Thread(target=self.create, args=(slug, *choices)) for slug, choices in TENANTS.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def create(self, slug, name, blueprint, choices):
        """Creates one tenant and prints its progress, each line with its name."""
        words = ["tenant", "create", "--slug", slug, "--name", name, "--blueprint", blueprint, *choices]
        words += ["--mode", "observe-only", "--cost-center", f"cc-{slug}", "--wait"]
        print(f"{DIM}$ tenantry {' '.join(words)}{RESET}", flush=True)
        process = subprocess.Popen(
            self.command(*words), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for line in process.stderr:
            print(f"  {slug:7} {line.rstrip()}", flush=True)
        if process.wait() != 0:
            raise SystemExit(f"creating `{slug}` ended with {process.returncode}; `make logs` says more")

    def show(self, slug):
        """Prints what a tenant has."""
        tenant = self.query("tenant", "show", slug)
        print(f"\n  {BOLD}{slug}{RESET}: account {tenant['accountId']}, {tenant['phase']}, {tenant.get('signInUrl', 'no alias')}")
        for component, status in tenant["components"].items():
            for part, resource in status.get("resources", {}).items():
                print(f"    {component:15} {part:40} {resource}")
        cost = tenant["idleCost"]
        for line in cost["lines"]:
            print(f"    costs {line['monthlyMicroUsd'] / 1e6:7.2f} USD a month for {line['quantity']} x {line['what']}, {line['region']}")
        print(f"    costs {cost['monthlyMicroUsd'] / 1e6:7.2f} USD a month in all while nobody uses it")
        return tenant

    def key_pair(self, tenant):
        """Fetches a tenant's private key and compares its public half with the imported one."""
        with tempfile.TemporaryDirectory() as folder:
            pem = os.path.join(folder, "globex.pem")
            self.run("key-pair", "globex", "--out", pem)
            if shutil.which("ssh-keygen") is None:
                print("  ssh-keygen is not installed: the key is not compared with the imported one")
                return
            derived = subprocess.run(["ssh-keygen", "-y", "-f", pem], check=True, capture_output=True, text=True).stdout
        ec2 = boto3.client(
            "ec2",
            endpoint_url=self.state["endpoint"],
            region_name=REGION,
            aws_access_key_id=tenant["accountId"],
            aws_secret_access_key="test",
        )
        imported = ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"][0]["PublicKey"]
        if derived.split()[:2] != imported.split()[:2]:
            raise SystemExit(f"the private key gives {derived}, EC2 has {imported}")
        print(f"  ssh-keygen -y: {derived.strip()}")

    def session(self, tenant):
        """Works in a tenant's account in a session as a developer, and tries what a developer may not do."""
        given = self.query("aws", "credentials", "acme", "--role", "developer", "--reason", "the demo")
        developer = lambda service: boto3.client(  # noqa: E731
            service,
            endpoint_url=self.state["endpoint"],
            region_name=REGION,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        print(f"  in the account as {developer('sts').get_caller_identity()['Arn']}")
        developer("sqs").create_queue(QueueName="work")
        print("  made a queue")
        for doing, call in {
            "make a user": lambda: developer("iam").create_user(UserName="mine"),
            "stop the trail": lambda: developer("cloudtrail").stop_logging(Name="tenantry-trail"),
        }.items():
            try:
                call()
            except ClientError as error:
                print(f"  may not {doing}: {error.response['Error']['Code']}")
            else:
                raise SystemExit(f"a developer may {doing}")
        self.run("aws", "sessions", "acme")

    def drift(self, tenant):
        """Makes three changes in the tenant's account with plain AWS calls, as an intruder or a careless administrator would."""
        account = lambda service: boto3.client(  # noqa: E731
            service,
            endpoint_url=self.state["endpoint"],
            region_name=REGION,
            aws_access_key_id=tenant["accountId"],
            aws_secret_access_key="test",
        )
        account("cloudtrail").stop_logging(Name="tenantry-trail")
        print("  stopped the trail")
        ec2 = account("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:tenantry:tenant", "Values": [tenant["id"]]}])["Vpcs"][0]["VpcId"]
        ours = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag:tenantry:part", "Values": ["sg-workload"]}]
        group = ec2.describe_security_groups(Filters=ours)["SecurityGroups"][0]["GroupId"]
        anyone = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[anyone])
        print(f"  opened port 22 of {group} to the world")
        ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "tenantry:cost-center"}])
        print(f"  removed the cost-centre tag of {vpc}")

    def findings(self, slug, expected):
        """Prints the open findings and stops the demo unless there are exactly as many as expected."""
        found = self.query("findings", slug)["items"]
        self.run("findings", slug)
        if len(found) != expected:
            raise SystemExit(f"expected exactly {expected} findings, found {len(found)}: {json.dumps(found, indent=1)}")
        return found


def settle():
    """With faults on, reads lag behind writes: waits until changes are visible."""
    if os.environ.get("FAULTS"):
        time.sleep(5)


def title(text):
    """Prints a heading."""
    print(f"\n{BOLD}== {text}{RESET}", flush=True)


def calls(state):
    """The recorded calls of the run, if the proxy recorded them."""
    path = state.get("record")
    if not path or not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def scenario(state):
    """Runs the whole demo; returns the figures for the summary."""
    demo = Demo(state)
    title("Two customers sign up at the same time")
    begun = time.monotonic()
    demo.create_concurrently()
    onboarding = time.monotonic() - begun
    title("What each of them has")
    acme, globex = [demo.show(slug) for slug in TENANTS]
    title("The private key of globex, fetched as a PEM file, fits the key pair in its account")
    demo.key_pair(globex)
    title("A session in the account of acme: as a developer for an hour at most, named in its trail")
    demo.session(acme)
    title("Drift: three changes in the account of acme, made without tenantry")
    demo.drift(acme)
    settle()
    title("The audit finds these three")
    demo.run("audit", "acme", "--wait")
    demo.findings("acme", 3)
    title("The repair fixes them, and the next audit finds nothing")
    demo.run("repair", "acme", "--wait")
    settle()
    demo.run("audit", "acme", "--wait")
    demo.findings("acme", 0)
    title("globex is offboarded: account locked, emptied, closed")
    begun = time.monotonic()
    demo.run("tenant", "delete", "globex", "--yes", "--wait")
    leaving = time.monotonic() - begun
    demo.run("tenant", "list")
    demo.run("tenant", "history", globex["id"], "--verify")
    organizations = boto3.client(
        "organizations", endpoint_url=state["endpoint"], region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
    account = organizations.describe_account(AccountId=globex["accountId"])["Account"]
    closed = account.get("State", account.get("Status"))
    if closed not in ("CLOSED", "PENDING_CLOSURE", "SUSPENDED"):
        raise SystemExit(f"the account of globex is {closed}, not closed")
    return acme, globex, onboarding, leaving, closed


def summary(state, acme, globex, onboarding, leaving, closed):
    """Prints the figures."""
    title("Figures")
    print(f"  two tenants in their own accounts after  {onboarding:6.1f} s")
    print(f"  one tenant offboarded after              {leaving:6.1f} s, its account is {closed}")
    recorded = calls(state)
    for name, tenant in (("acme", acme), ("globex", globex)):
        mine = [call for call in recorded if call.get("account") == tenant["accountId"]]
        if mine:
            print(f"  AWS calls in the account of {name:7}      {len(mine):6}")
    if recorded:
        print(f"  AWS calls in all, the ledger's included  {len(recorded):6}")


def faults(state):
    """Prints the injected faults, and how often each was applied."""
    with urllib.request.urlopen(state["endpoint"] + "/_proxy/faults", timeout=10) as answer:
        found = json.load(answer)["faults"]
    title("Injected faults")
    for fault in found:
        print(f"  {fault['name']:50} {fault['hits']:5} of {fault['seen']} calls")


def main():
    """Starts the local AWS, runs the demo, prints the figures, stops it."""
    configuration = os.environ.get("FAULTS")
    if configuration:
        os.environ["TENANTRY_PROXY_CONFIG"] = configuration
    # Whoever runs the demo is named as an operator: only then may he or she go into tenants' accounts.
    settings = json.loads(os.environ.get("TENANTRY_STACK_SETTINGS", "{}"))
    os.environ["TENANTRY_STACK_SETTINGS"] = json.dumps({"Operators": f"arn:aws:iam::{ACCOUNT}:root", **settings})
    state = up()
    try:
        summary(state, *scenario(state))
        if configuration:
            faults(state)
        print(f"\n{BOLD}The demo succeeded.{RESET}")
    finally:
        if os.environ.get("KEEP") == "1":
            print("\nstill running; `. .local/env` to use it, `make down` to stop it")
        else:
            down()


if __name__ == "__main__":
    main()
