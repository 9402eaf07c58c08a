"""`make package`: turns the built functions into Lambda packages, if they can run there."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

FUNCTIONS = ("api", "onboard", "audit", "offboard", "portal", "credentials", "access")
# The C library of Amazon Linux 2023, which the runtime provided.al2023 is.
NEWEST_GLIBC = (2, 34)
# ELF header, offset 18: the processor a binary is for.
PROCESSORS = {0x3E: "x86_64", 0xB7: "arm64"}


def main(built, out):
    """Checks and packages the binaries in `built`; the packages' directory is named after their content."""
    binaries = {name: binary(Path(built) / name) for name in FUNCTIONS}
    for name, path in binaries.items():
        check_glibc(name, path)
    processors = {processor(path) for path in binaries.values()}
    if len(processors) != 1:
        sys.exit(f"built for different processors: {processors}")
    release = hashlib.sha256(b"".join(path.read_bytes() for path in binaries.values())).hexdigest()[:16]
    directory = Path(out) / release
    directory.mkdir(parents=True, exist_ok=True)
    for name, path in binaries.items():
        size = write_package(path, directory / f"{name}.zip")
        print(f"{name:9} {path.stat().st_size / 1e6:6.1f} MB, packaged {size / 1e6:5.1f} MB")
    print(f"""
To deploy, with a bucket in the stack's Region:
  aws s3 cp --recursive {directory} s3://BUCKET/tenantry/{release}
  sam deploy --template-file infra/template.yaml --s3-bucket BUCKET --stack-name tenantry --capabilities CAPABILITY_NAMED_IAM \\
    --parameter-overrides CodeBucket=BUCKET CodePrefix=tenantry/{release} Architecture={processors.pop()} \\
      OrganizationId=O-ID ManagementAccountId=ACCOUNT 'EmailTemplate=aws+{{tenant}}@example.com' AllowedRegions=REGIONS""")


def binary(path):
    """The binary itself: cargo writes `name`, cargo-lambda `name/bootstrap`."""
    return path / "bootstrap" if path.is_dir() else path


def check_glibc(name, path):
    """Ends the program if the binary needs a newer C library than Lambda has; it would fail at its first start."""
    symbols = subprocess.run(["objdump", "-T", str(path)], capture_output=True, text=True, check=True).stdout
    needed = max(tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([0-9.]+)", symbols))
    if needed[:2] > NEWEST_GLIBC:
        sys.exit(f"`{name}` needs GLIBC {needed}, Lambda has {NEWEST_GLIBC}: build with `make package CARGO_LAMBDA=1`")


def processor(path):
    """The processor a binary is for, in the words of the template's parameter Architecture."""
    machine = int.from_bytes(path.read_bytes()[18:20], "little")
    return PROCESSORS.get(machine) or sys.exit(f"`{path}` is not a Linux binary for Lambda")


def write_package(path, package):
    """Writes one package and returns its size; the same binary gives the same bytes."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(entry, path.read_bytes(), compresslevel=9)
    return package.stat().st_size


if __name__ == "__main__":
    main(*sys.argv[1:])
