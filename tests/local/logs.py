"""`make logs`: prints the functions' logs, oldest first. `FUNCTION=onboard` chooses one function."""

import datetime
import os
import sys

import deploy
import processes
from places import FUNCTIONS, STACK


def lines(endpoint, function):
    """Every log line of one function as (time in ms, function, text)."""
    logs = deploy.client("logs", endpoint)
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{STACK}-{function}"):
        for event in page["events"]:
            yield event["timestamp"], function, event["message"].rstrip()


def main():
    """Prints the logs of the chosen functions."""
    endpoint = processes.load().get("endpoint") or sys.exit("local AWS is not up; run `make up`")
    wanted = os.environ.get("FUNCTION", " ".join(FUNCTIONS)).split()
    found = [line for function in wanted for line in lines(endpoint, function)]
    for moment, function, text in sorted(found, key=lambda line: line[0]):
        when = datetime.datetime.fromtimestamp(moment / 1000, datetime.timezone.utc)
        print(f"{when:%H:%M:%S.%f} {function:9} {text}")


if __name__ == "__main__":
    main()
