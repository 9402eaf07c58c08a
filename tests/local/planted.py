"""`make planted`: a mutation test of the trials. Applies each patch of tests/planted/ to a copy of the tree, and expects `faults`
to find the defect.

A trial that cannot fail proves nothing. The copy is a git work tree under target/, so uncommitted changes are not in it. It
starts with a copy of the build, so only our own crates are built again; never in the same directory, where cargo would confuse
the crates of the two trees. Arguments choose defects by name.
"""

import os
import shutil
import subprocess
import sys
import time

from places import BINARIES, PROFILE, ROOT

COPY = ROOT / "target" / "planted"
BUILT = ROOT / "target" / "planted-target"
PATCHES = ROOT / "tests" / "planted"
# The installed local AWS: the copy has no .local of its own.
MINISTACK = ROOT / ".local" / "venv" / "bin" / "ministack"


def run(*command, **more):
    """Runs a command that must succeed."""
    return subprocess.run([str(part) for part in command], check=True, **more)


def copy_build():
    """Copies the libraries and cargo's fingerprints; not the programs, which are linked again."""
    shutil.rmtree(BUILT, ignore_errors=True)
    target = BUILT / BINARIES.name
    target.mkdir(parents=True)
    for part in (".fingerprint", "build", "deps"):
        run("cp", "-a", "--reflink=auto", BINARIES / part, target / part)


def build():
    """Builds the copy and returns its `faults` program."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILT)}
    run("cargo", "build", "--quiet", "--workspace", "--all-targets", "--profile", PROFILE, "--locked", cwd=COPY, env=environment)
    return BUILT / BINARIES.name / "faults"


def trials(program):
    """Whether the trials found a violation, and the first one."""
    arguments = ["--only", "onboarding", "--seeds", "none", "--minutes", "10"]
    environment = {**os.environ, "TENANTRY_MINISTACK": str(MINISTACK)}
    ran = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)
    # Only a violation counts: trials that could not be finished prove nothing.
    kinds = (": duplicate: ", ": leak: ", ": stuck: ")
    found = [line.strip() for line in ran.stdout.splitlines() if any(kind in line for kind in kinds)]
    return ran.returncode != 0 and bool(found), found[0][:160] if found else "no violation found"


def applies(patch):
    """Whether a patch applies to HEAD; if not, git prints where."""
    return subprocess.run(["git", "-C", COPY, "apply", "--check", "-C1", patch]).returncode == 0


def test(patch):
    """Applies a patch to the copy, and returns whether the trials catch the defect."""
    run("git", "-C", COPY, "checkout", "--quiet", "--force", "HEAD")
    run("git", "-C", COPY, "apply", "-C1", patch)
    began = time.monotonic()
    caught, found = trials(build())
    print(f"{'caught' if caught else 'NOT CAUGHT'}  {patch.stem} ({time.monotonic() - began:.0f} s): {found}", flush=True)
    return caught


def main(names):
    patches = [patch for patch in sorted(PATCHES.glob("*.patch")) if not names or patch.stem in names]
    if not patches:
        sys.exit(f"none of {names} is in {PATCHES}: there are {[patch.stem for patch in sorted(PATCHES.glob('*.patch'))]}")
    subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", COPY], capture_output=True)
    run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", COPY, "HEAD")
    try:
        outdated = [patch.name for patch in patches if not applies(patch)]
        if outdated:
            sys.exit(f"the code has changed under {', '.join(outdated)}: update the patches in {PATCHES}")
        copy_build()
        results = [test(patch) for patch in patches]
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", COPY)
        shutil.rmtree(BUILT, ignore_errors=True)
    print(f"planted defects caught: {sum(results)} of {len(results)}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
