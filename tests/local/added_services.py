"""Services that MiniStack lacks. A module that adds one registers it here; the server takes them when it starts.

A handler is `async (method, path, headers, body, query_params) -> (status, headers, bytes)`, known by the name its requests are signed for.
"""

import json

from ministack.core import iam_actions

HANDLERS = {}


def add(name, handler, model=None):
    """Adds a service, and has IAM asked about its calls. `model` is botocore's, where the calls are told by method and path."""
    HANDLERS[name] = handler
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name
    if model:
        iam_actions._BOTOCORE_SERVICE_MAP[name] = [model]


def answer(body, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def start(app):
    """Gives the server the added services."""
    app.SERVICE_HANDLERS.update(HANDLERS)
