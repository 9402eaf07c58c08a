"""AWS Budgets: what its calls are authorized as and on, whose budgets they are about, and amounts, where MiniStack differs.

(Service Authorization Reference, "AWS Budget Service": changes of a budget, its notifications and subscribers are `ModifyBudget`, reads of
them `ViewBudget`; AWS Budgets API Reference, "CreateBudget", "Spend", "CalculatedSpend", "HealthStatus".)
What an account has spent since the month began is told by the control endpoint `PUT /_tenantry/spent?account=A&usd=N`. AWS brings the figures
of budgets up to date a few times a day; here it is so at once.
"""

import json
import time

import dependent_actions
import stores
import world
from ministack.core import iam_actions
from ministack.core.responses import AccountScopedDict, error_response_json, get_account_id
from ministack.services import budgets

_spent = stores.add(budgets, "_spent", AccountScopedDict())
_calculated_spend = budgets._calculated_spend
_extract_iam_action = iam_actions.extract_iam_action
_extract_resource_arn = iam_actions.extract_resource_arn

# Calls whose action has their own name.
TAGGING = ("TagResource", "UntagResource", "ListTagsForResource")


def extract_iam_action(service, *request):
    action = _extract_iam_action(service, *request)
    name = action.removeprefix("budgets:") if service == "budgets" and action else None
    if name is None or name in TAGGING:
        return action
    return "budgets:ViewBudget" if name.startswith("Describe") else "budgets:ModifyBudget"


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call is authorized on the budget that it names."""
    if service != "budgets":
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    request = json.loads(body or b"{}")
    budget = request.get("Budget") or request.get("NewBudget") or {}
    name = request.get("BudgetName") or budget.get("BudgetName")
    return request.get("ResourceARN") or (f"arn:aws:budgets::{account_id}:budget/{name}" if name else "*")


def tags_at_creation(request, _region, account):
    """AWS: a budget that is made with tags needs the right to tag it."""
    if request.get("ResourceTags") and request.get("Budget"):
        yield "budgets:TagResource", f"arn:aws:budgets::{account}:budget/{request['Budget'].get('BudgetName')}", None


def calculated_spend(budget):
    """AWS: what a budget of all costs counts has one figure, whoever made it."""
    spend = _calculated_spend(budget)
    return spend | {"ActualSpend": {"Amount": _spent.get("usd", "0"), "Unit": spend["ActualSpend"]["Unit"]}}


def set_spent(query):
    """Has an account spent so much since the month began."""
    account, amount = query["account"][-1], query["usd"][-1]
    _spent.set_scoped(account, None, "usd", amount)
    for (owner, *_), budget in list(budgets._budgets._data.items()):
        if owner == account:
            budget["CalculatedSpend"]["ActualSpend"]["Amount"] = amount
    return {}


def of_the_account(work):
    """AWS: budgets of other accounts are not spoken of."""

    def action(data):
        if data.get("AccountId", get_account_id()) != get_account_id():
            return error_response_json("AccessDeniedException", "You can only work on budgets of your own account.", 400)
        return work(data)

    return action


def with_amount(work):
    """AWS: an amount is a positive decimal number, and shown with one decimal at least. A budget says whether it is evaluated."""

    def action(data):
        budget = data.get("Budget") or data.get("NewBudget") or {}
        if limit := budget.get("BudgetLimit"):
            try:
                amount = float(limit["Amount"])
            except (KeyError, ValueError):
                amount = 0
            if amount <= 0 or limit.get("Unit") != "USD":
                return error_response_json("InvalidParameterException", "The limit of a budget is a positive amount of USD.", 400)
            limit["Amount"] = str(amount)
        if budget:
            budget["HealthStatus"] = {"Status": "HEALTHY", "LastUpdatedTime": time.time()}
        return work(data)

    return action


budgets._calculated_spend = calculated_spend
world.CONTROLS["PUT", "spent"] = set_spent
for name in ("CreateBudget", "UpdateBudget"):
    budgets._DISPATCH[name] = with_amount(budgets._DISPATCH[name])
for name, work in list(budgets._DISPATCH.items()):
    budgets._DISPATCH[name] = of_the_account(work)
dependent_actions.DEPENDENT["budgets:ModifyBudget"] = tags_at_creation
iam_actions.extract_iam_action = extract_iam_action
iam_actions.extract_resource_arn = extract_resource_arn
