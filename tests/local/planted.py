"""Plants each defect of tests/planted/ in a copy of the tree, and expects the trials to find it.

A trial that cannot fail proves nothing. The copy is a work tree of git under target/, so what is not committed is not tried. It
begins with a copy of what is built, so only our own crates are built anew; never in the same directory, where cargo would take
the one tree's crates for the other's. Names given as arguments choose among the defects.
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
# Where the local AWS is installed: the copy has no .local of its own.
MINISTACK = ROOT / ".local" / "venv" / "bin" / "ministack"


def run(*command, **more):
    """A command that must succeed."""
    return subprocess.run([str(part) for part in command], check=True, **more)


def copy_what_is_built():
    """The libraries and what cargo knows of them; not the programs, which are linked anew."""
    shutil.rmtree(BUILT, ignore_errors=True)
    there = BUILT / BINARIES.name
    there.mkdir(parents=True)
    for part in (".fingerprint", "build", "deps"):
        run("cp", "-a", "--reflink=auto", BINARIES / part, there / part)


def build():
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILT)}
    run("cargo", "build", "--quiet", "--workspace", "--all-targets", "--profile", PROFILE, "--locked", cwd=COPY, env=environment)
    return BUILT / BINARIES.name / "faults"


def trials(program):
    """Whether the trials failed, and the first thing they said was wrong."""
    arguments = ["--only", "onboarding", "--seeds", "none", "--minutes", "10"]
    environment = {**os.environ, "TENANTRY_MINISTACK": str(MINISTACK)}
    ran = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)
    # Only what a trial found counts: trials that did not come to an end prove nothing.
    words = ("made twice:", "left behind:", "stuck:")
    said = [line.strip() for line in ran.stdout.splitlines() if any(word in line for word in words)]
    return ran.returncode != 0 and bool(said), said[0][:160] if said else "nothing was found"


def fits(patch):
    """Whether a patch applies to what is committed; if not, git has said where."""
    return subprocess.run(["git", "-C", COPY, "apply", "--check", "-C1", patch]).returncode == 0


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
        outdated = [patch.name for patch in patches if not fits(patch)]
        if outdated:
            sys.exit(f"the code has changed under {', '.join(outdated)}: write them anew in {PATCHES}")
        copy_what_is_built()
        results = [plant(patch) for patch in patches]
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", COPY)
        shutil.rmtree(BUILT, ignore_errors=True)
    print(f"planted defects caught: {sum(results)} of {len(results)}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
