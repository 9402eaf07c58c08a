"""`make down`: stops the processes that `make up` recorded, and only these, and removes their files; also after a crash."""

import shutil

import processes
from places import ENVIRONMENT, RUN, STATE


def down(quiet=False):
    """Stops and cleans up; does nothing when nothing runs."""
    state = processes.load()
    for record in reversed(state["processes"]):
        processes.stop(record)
    shutil.rmtree(RUN, ignore_errors=True)
    for file in (STATE, ENVIRONMENT):
        file.unlink(missing_ok=True)
    if not quiet:
        print("local AWS is down")


if __name__ == "__main__":
    down()
