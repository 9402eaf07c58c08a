"""`make planted`: a mutation test. Applies each patch of tests/planted/ to a copy of the tree, and expects what guards against the
defect to find it.

The patches in it are found by the trials: `faults` must find a violation. Patches of tests/planted/rules/
break one rule each and name the test that must fail in the lines before the patch:

    Rule: what must hold
    Caught by: cargo test -p baseline --lib the_name_of_the_test
    Says: a part of what it prints then

The patched tree must compile, the named test must run and fail, and print that; and it must pass without the patch.

A test that cannot fail proves nothing. The copy is a git work tree under target/, so uncommitted changes are not in it. It
starts with a copy of the libraries that are not ours; never in the same directory, where cargo would confuse the crates of the
two trees. `--rules` and `--trials` choose a sort, other arguments defects by name.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from places import BINARIES, PROFILE, ROOT

COPY = ROOT / "target" / "planted"
BUILT = ROOT / "target" / "planted-target"
PATCHES = ROOT / "tests" / "planted"
RULES = PATCHES / "rules"
# The installed local AWS: the copy has no .local of its own.
MINISTACK = ROOT / ".local" / "venv" / "bin" / "ministack"
# The actions that the tests recorded, and a copy of them, for tests of rules record too.
USED_ACTIONS = BINARIES.parent / "used-actions"
USED_ACTIONS_COPY = BUILT / "used-actions"


def run(*command, **more):
    """Runs a command that must succeed."""
    return subprocess.run([str(part) for part in command], check=True, **more)


def link(source, target):
    """Cargo replaces a library and never writes into one, so two builds can share it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def copy_build():
    """Copies the libraries and cargo's fingerprints; not the programs and tests, which are linked again."""
    shutil.rmtree(BUILT, ignore_errors=True)
    target = BUILT / BINARIES.name
    (target / "deps").mkdir(parents=True)
    for part in (".fingerprint", "build"):
        run("cp", "-a", "--reflink=auto", BINARIES / part, target / part)
    for file in (BINARIES / "deps").iterdir():
        if file.suffix in (".rlib", ".rmeta", ".so"):
            link(file, target / "deps" / file.name)
        elif file.suffix == ".d":
            shutil.copy2(file, target / "deps" / file.name)
    if USED_ACTIONS.is_dir():
        shutil.copytree(USED_ACTIONS, USED_ACTIONS_COPY)


def environment():
    """For cargo, and for the tests it runs."""
    more = {"CARGO_TARGET_DIR": BUILT, "TENANTRY_MINISTACK": MINISTACK, "TENANTRY_USED_ACTIONS": USED_ACTIONS_COPY, "RUST_BACKTRACE": "0"}
    return {**os.environ, **{name: str(value) for name, value in more.items()}}


def in_copy(command):
    """Runs a command in the copy, and returns whether it succeeded and what it said."""
    ran = subprocess.run(command, cwd=COPY, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ran.returncode == 0, ran.stdout


class Trials:
    """A defect that the trials must find."""

    def __init__(self, patch):
        self.patch = patch

    def catches(self):
        """Whether they do, and the first violation they found."""
        run("cargo", "build", "--quiet", "--workspace", "--all-targets", "--profile", PROFILE, "--locked", cwd=COPY, env=environment())
        arguments = ["--only", "onboarding", "--seeds", "none", "--minutes", "10"]
        passed, said = in_copy([BUILT / BINARIES.name / "faults", *arguments])
        # Only a violation counts: trials that could not be finished prove nothing.
        kinds = (": duplicate: ", ": leak: ", ": stuck: ")
        found = [line.strip() for line in said.splitlines() if any(kind in line for kind in kinds)]
        return not passed and bool(found), found[0] if found else "no violation found"


class Rule:
    """A defect that breaks a rule, which the named test must find."""

    def __init__(self, patch):
        self.patch = patch
        text = patch.read_text().split("diff --git", 1)[0]
        named = dict(re.findall(r"^(Rule|Caught by|Says): (.+)$", text, re.MULTILINE))
        if len(named) != 3:
            sys.exit(f"{patch} does not begin with the lines `Rule: `, `Caught by: ` and `Says: `")
        self.command, self.says = named["Caught by"], named["Says"]
        self.needs_actions = "--include-ignored" in self.command

    def parts(self):
        """The command that builds the test, and the one that runs it."""
        cargo, verb, *rest = shlex.split(self.command)
        more = ["--profile", PROFILE, "--locked"]
        build = [cargo, verb, *more, "--no-run", *rest]
        return build, [cargo, verb, *more, *rest]

    def passes(self):
        """Whether the test is there, and passes."""
        passed, said = in_copy(self.parts()[1])
        if not passed or not self.ran(said, "ok"):
            print(f"`{self.command}` must pass without a defect:\n{said[-2000:]}")
        return passed and self.ran(said, "ok")

    def ran(self, said, how):
        """Whether what was said is that the test ran and ended so."""
        name = self.command.split()[-1]
        return re.search(rf"^test .*\b{name} \.\.\. {how}$", said, re.MULTILINE)

    def catches(self):
        """Whether the test fails for the defect, and what it said."""
        build, test = self.parts()
        compiled, said = in_copy(build)
        if not compiled:
            errors = [line for line in said.splitlines() if line.startswith("error")]
            return False, f"the patch does not compile: {'; '.join(errors)}"
        passed, said = in_copy(test)
        if passed or not self.ran(said, "FAILED"):
            return False, f"`{self.command}` did not fail"
        panic = re.search(r"panicked at [^\n]*\n(.*?)\nnote: ", said, re.DOTALL)
        if self.says not in said:
            return False, f"it failed without `{self.says}`:\n{panic[1] if panic else said[-2000:]}"
        shown = panic[1] if panic else next(line for line in said.splitlines() if self.says in line)
        return True, " ".join(shown.split())[:300]


def applies(patch):
    """Whether a patch applies to HEAD; if not, git prints where."""
    return subprocess.run(["git", "-C", COPY, "apply", "--check", "-C1", patch]).returncode == 0


def restore():
    """Takes the last defect out of the copy."""
    run("git", "-C", COPY, "checkout", "--quiet", "--force", "HEAD")


def test(defect):
    """Applies a patch to the copy, and returns whether the defect is caught."""
    restore()
    run("git", "-C", COPY, "apply", "-C1", defect.patch)
    began = time.monotonic()
    caught, found = defect.catches()
    seconds = time.monotonic() - began
    print(f"{'caught' if caught else 'NOT CAUGHT'}  {defect.patch.stem} ({seconds:.0f} s): {found}", flush=True)
    return caught


def chosen(arguments):
    """The defects of the sort and the names in the arguments: rules first, for they take seconds."""
    sorts = {"--rules": (RULES, Rule), "--trials": (PATCHES, Trials)}
    names = [name for name in arguments if name not in sorts]
    wanted = [sort for name, sort in sorts.items() if name in arguments] or list(sorts.values())
    all = [make(patch) for folder, make in wanted for patch in sorted(folder.glob("*.patch"))]
    defects = [defect for defect in all if not names or defect.patch.stem in names]
    if not defects or len(defects) < len(names):
        sys.exit(f"not all of {names} are there: there are {[defect.patch.stem for defect in all]}")
    if any(getattr(defect, "needs_actions", False) for defect in defects) and not USED_ACTIONS.is_dir():
        sys.exit("run `make test` first: it records the actions that grants are compared with")
    return defects


def main(arguments):
    defects = chosen(arguments)
    subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", COPY], capture_output=True)
    run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", COPY, "HEAD")
    try:
        outdated = [defect.patch.name for defect in defects if not applies(defect.patch)]
        if outdated:
            sys.exit(f"the code has changed under {', '.join(outdated)}: update the patches in {PATCHES}")
        copy_build()
        rules = {defect.command: defect for defect in defects if isinstance(defect, Rule)}
        if not all(rule.passes() for rule in rules.values()):
            sys.exit("a test that fails without a defect finds none")
        results = [test(defect) for defect in defects]
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", COPY)
        shutil.rmtree(BUILT, ignore_errors=True)
    print(f"planted defects caught: {sum(results)} of {len(results)}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
