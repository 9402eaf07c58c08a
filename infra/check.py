"""`make lint`: what must hold in both templates and no general linter knows."""

import re
import sys
from pathlib import Path

import yaml

INFRA = Path(__file__).resolve().parent


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !Sub, …) as their plain arguments."""


def plain(loader, _, node):
    """The argument of a short form."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


Loader.add_multi_constructor("!", plain)


def listed(value):
    """A value that may be written alone or as a list, as a list."""
    return value if isinstance(value, list) else [value]


def statements(value):
    """Every statement of every policy document anywhere in `value`."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def authorization(api, route):
    """What a route must have: machines come by IAM, people by a token of the portal, to sign in is open."""
    if route == "GET /v1/health":
        return "NONE"
    if api == "PortalApi":
        return "JWT" if " /v1/" in route else "NONE"
    return "AWS_IAM"


def alarms_on(resources, namespace, dimension):
    """The names of the resources whose metrics of one namespace have an alarm."""
    alarms = [it["Properties"] for it in resources.values() if it["Type"] == "AWS::CloudWatch::Alarm"]
    dimensions = [it["Dimensions"] for it in alarms if it["Namespace"] == namespace]
    return {it["Value"] for its in dimensions for it in its if it["Name"] == dimension}


def unwatched(resources):
    """Functions whose failures raise no alarm, in words: behind an API it is the API's, for each API that calls them."""
    failing, answering = alarms_on(resources, "AWS/Lambda", "FunctionName"), alarms_on(resources, "AWS/ApiGateway", "ApiId")
    integrations = [it["Properties"] for it in resources.values() if it["Type"] == "AWS::ApiGatewayV2::Integration"]
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Serverless::Function" or name in failing:
            continue
        apis = {it["ApiId"] for it in integrations if it["IntegrationUri"] == f"{name}.Arn"}
        if not apis or apis - answering:
            yield f"{name} needs an alarm on its errors, or on the answers of {sorted(apis) or 'an API'}"


def faults(text, resources):
    """What is wrong with one template, in words."""
    yield from unwatched(resources)
    for number in re.findall(r"(?<![\w-])\d{12}(?!\w)", text):
        yield f"names the account number {number}"
    for name, resource in resources.items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        for statement in statements(properties):
            wildcards = [action for action in listed(statement.get("Action", "*")) if "*" in action]
            if statement["Effect"] == "Allow" and wildcards:
                yield f"{name} allows the wildcard action {wildcards}"
        if kind == "AWS::ApiGatewayV2::Route":
            wanted = authorization(properties["ApiId"], properties["RouteKey"])
            if properties.get("AuthorizationType") != wanted:
                yield f"{name} must have the authorization {wanted}"
        if kind == "AWS::SQS::Queue" and not name.endswith("DeadLetters"):
            if f"{name.removesuffix('Queue')}DeadLettersAlarm" not in resources or "RedrivePolicy" not in properties:
                yield f"{name} needs a dead-letter queue with an alarm"
        if kind == "AWS::Serverless::Function":
            stem = name.removesuffix("Function")
            for needed in (f"{stem}Role", f"{stem}Logs"):
                if needed not in resources:
                    yield f"{name} needs {needed}"


def main():
    """Prints every fault and fails if there is one."""
    found = []
    for path in sorted(INFRA.glob("*.yaml")):
        text = path.read_text()
        resources = yaml.load(text, Loader)["Resources"]
        found += [f"{path.name}: {fault}" for fault in faults(text, resources)]
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
