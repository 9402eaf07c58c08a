"""Organizational units get another name, which MiniStack lacks (Organizations API Reference, "UpdateOrganizationalUnit")."""

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
