"""Organizational units get another name, which MiniStack lacks (Organizations API Reference, "UpdateOrganizationalUnit"), and accounts say
where they are (the same, "Account")."""

from ministack.core.responses import error_response_json
from ministack.services import organizations


def update_organizational_unit(payload):
    """AWS: only the name changes; the id, the children and the attached policies stay. A sibling's name is refused."""
    identifier, name = payload.get("OrganizationalUnitId"), payload.get("Name")
    unit = organizations._ous.get(identifier)
    if not unit:
        return error_response_json("OrganizationalUnitNotFoundException", "You specified an organizational unit that does not exist.", 400)
    siblings = (other for other in organizations._ous.values() if other["_ParentId"] == unit["_ParentId"] and other["Id"] != identifier)
    if name and any(sibling["Name"] == name for sibling in siblings):
        return error_response_json("DuplicateOrganizationalUnitException", "An OU with the same name already exists.", 400)
    renamed = {**unit, "Name": name or unit["Name"]}
    organizations._ous[identifier] = renamed
    return organizations._json(200, {"OrganizationalUnit": organizations._public_ou(renamed)})


organizations._DISPATCH["UpdateOrganizationalUnit"] = update_organizational_unit


def public_account(account):
    """AWS: `Paths` has the ids from the organization down to the account, so it changes with each move (since 2026-03-30, in the answers of
    DescribeAccount, ListAccounts and ListAccountsForParent). MiniStack has a `Path` that is none of AWS's, and always `/`."""
    shown = {name: value for name, value in account.items() if not name.startswith("_") and name != "Path"}
    path, above = [account["Id"]], account["_ParentId"]
    while above in organizations._ous:
        path.append(above)
        above = organizations._ous[above]["_ParentId"]
    path += [above, organizations._orgs["self"]["Id"]]
    return {**shown, "Paths": ["/".join(reversed(path))]}


organizations._public_account = public_account
