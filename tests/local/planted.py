"""Plants each defect of tests/planted/ in a copy of the tree, and expects the trials to find it.

A trial that cannot fail proves nothing. The copy is a work tree of git under target/, so what is not committed is not tried;
it shares the target directory, so only our own crates are built anew. Names given as arguments choose among the defects.
"""

import os
import subprocess
import sys
import time

from places import BINARIES, PROFILE, ROOT

COPY = ROOT / "target" / "planted"
PATCHES = ROOT / "tests" / "planted"
# Where the local AWS is installed: the copy has no .local of its own.
MINISTACK = ROOT / ".local" / "venv" / "bin" / "ministack"


def run(*command, **more):
    """A command that must succeed."""
    return subprocess.run([str(part) for part in command], check=True, **more)


def build():
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    run("cargo", "build", "--quiet", "--workspace", "--all-targets", "--profile", PROFILE, "--locked", cwd=COPY, env=environment)
    # Kept under a name of its own: the next build, also one of the real tree, replaces it.
    program = COPY / "faults"
    program.write_bytes((BINARIES / "faults").read_bytes())
    program.chmod(0o755)
    return program


def trials(program):
    """Whether the trials failed, and the first thing they said was wrong."""
    arguments = ["--only", "onboarding", "--seeds", "none", "--minutes", "10"]
    environment = {**os.environ, "TENANTRY_MINISTACK": str(MINISTACK)}
    ran = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)
    # Only what a trial found counts: trials that did not come to an end prove nothing.
    words = ("made twice:", "left behind:", "stuck:")
    said = [line.strip() for line in ran.stdout.splitlines() if any(word in line for word in words)]
    return ran.returncode != 0 and bool(said), said[0][:160] if said else "nothing was found"


def plant(patch):
    run("git", "-C", COPY, "checkout", "--quiet", "--force", "HEAD")
    run("git", "-C", COPY, "apply", "-C1", patch)
    began = time.monotonic()
    caught, said = trials(build())
    print(f"{'caught' if caught else 'NOT CAUGHT'}  {patch.stem} ({time.monotonic() - began:.0f} s): {said}", flush=True)
    return caught


def main(names):
    patches = [patch for patch in sorted(PATCHES.glob("*.patch")) if not names or patch.stem in names]
    if not patches:
        sys.exit(f"none of {names} is in {PATCHES}: there are {[patch.stem for patch in sorted(PATCHES.glob('*.patch'))]}")
    subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", COPY], capture_output=True)
    run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", COPY, "HEAD")
    try:
        results = [plant(patch) for patch in patches]
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", COPY)
    print(f"planted defects caught: {sum(results)} of {len(results)}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
