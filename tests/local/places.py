"""Where things are. Everything a local AWS leaves behind is in its own folder, which `make down` empties but for the venv."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Another folder is another local AWS beside the first: a test has its own and leaves yours alone.
LOCAL = Path(os.environ.get("TENANTRY_LOCAL_DIR", ROOT / ".local")).resolve()
RUN = LOCAL / "run"
STATE = LOCAL / "state.json"
ENVIRONMENT = LOCAL / "env"
INFRA = ROOT / "infra"
# Another template in the place of template.yaml, such as that of an earlier release.
TEMPLATE = Path(os.environ.get("TENANTRY_TEMPLATE", INFRA / "template.yaml"))

# The profile the binaries were built with; `dev` puts them in `debug`.
PROFILE = os.environ.get("PROFILE", "dev")
BINARIES = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / ("debug" if PROFILE == "dev" else PROFILE)
# The functions may be of another build than the tools, such as the release build that the benchmark measures.
FUNCTION_BINARIES = Path(os.environ.get("TENANTRY_FUNCTIONS", BINARIES))

FUNCTIONS = ("api", "onboard", "audit", "offboard", "portal", "credentials", "access")
REGION = "us-east-1"
# The emulator's management account is also the tooling account here; the account number is made up.
ACCOUNT = "111111111111"
STACK = "tenantry"
