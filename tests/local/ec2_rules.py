"""What EC2 never lets be and MiniStack does: two of what there can be one of, and what is left of something deleted.

(EC2 API Reference, "Error codes".)
A lost answer makes an SDK ask again; without these refusals the second request would leave what AWS never lets be.
"""

from ipaddress import ip_network
from xml.sax.saxutils import escape

import stores
from ministack.core.responses import AccountRegionScopedDict, get_account_id
from ministack.services import ec2

_create_subnet = ec2._create_subnet
_create_route = ec2._create_route
_create_flow_logs = ec2._create_flow_logs
_create_vpc_endpoint = ec2._create_vpc_endpoint
_modify_vpc_endpoint = ec2._modify_vpc_endpoint
_attach_internet_gateway = ec2._attach_internet_gateway
_detach_internet_gateway = ec2._detach_internet_gateway
_delete_internet_gateway = ec2._delete_internet_gateway
_delete_route_table = ec2._delete_route_table
_vpce_fields_xml = ec2._vpce_fields_xml
_associate_route_table = ec2._associate_route_table
_delete_security_group = ec2._delete_security_group
_delete_vpc = ec2._delete_vpc

# Security groups and the VPCs that they are associated with beside their own, which MiniStack has not.
_group_associations = stores.add(ec2, "_group_associations", AccountRegionScopedDict())


def create_subnet(params):
    """AWS: subnets of a VPC do not overlap."""
    vpc, cidr = ec2._p(params, "VpcId"), ec2._p(params, "CidrBlock")
    others = (subnet["CidrBlock"] for subnet in ec2._subnets.values() if subnet["VpcId"] == vpc)
    if cidr and any(ip_network(cidr, strict=False).overlaps(ip_network(other, strict=False)) for other in others):
        return ec2._error("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet", 400)
    return _create_subnet(params)


def create_route(params):
    """AWS: a route table has one route to a destination."""
    table = ec2._route_tables.get(ec2._p(params, "RouteTableId"))
    destination = ec2._p(params, "DestinationCidrBlock")
    if table and any(route.get("DestinationCidrBlock") == destination for route in table["Routes"]):
        return ec2._error("RouteAlreadyExists", f"The route identified by {destination} already exists.", 400)
    return _create_route(params)


def associate_route_table(params):
    """AWS: a subnet is on one route table; another is had by ReplaceRouteTableAssociation."""
    subnet = ec2._p(params, "SubnetId")
    known = (one for table in ec2._route_tables.values() for one in table["Associations"])
    if subnet and any(one.get("SubnetId") == subnet for one in known):
        return ec2._error("Resource.AlreadyAssociated", f"the specified association for {subnet} conflicts with an existing association", 400)
    return _associate_route_table(params)


def create_vpc_endpoint(params):
    """AWS: a route table has one route to a service by a gateway endpoint."""
    service, tables = ec2._p(params, "ServiceName"), set(ec2._parse_member_list(params, "RouteTableId"))
    if (ec2._p(params, "VpcEndpointType") or "Gateway") == "Gateway":
        for other in ec2._vpc_endpoints.values():
            if other["ServiceName"] == service and (both := tables & set(other["RouteTableIds"])):
                return ec2._error("RouteAlreadyExists", f"route table {min(both)} already has a route to {service}", 400)
    return _create_vpc_endpoint(params)


# AWS: an endpoint that is given no policy has this one (VPC User Guide, "Default endpoint policy").
OPEN = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'


def vpce_fields_xml(endpoint, tag="item"):
    """AWS: an endpoint shows its policy."""
    policy = f"<policyDocument>{escape(endpoint.get('PolicyDocument') or OPEN)}</policyDocument>"
    return _vpce_fields_xml(endpoint, tag).removesuffix(f"</{tag}>") + f"{policy}</{tag}>"


def modify_vpc_endpoint(params):
    """AWS: neither can a second one join a route table; `ResetPolicy` gives the default policy back."""
    endpoint = ec2._vpc_endpoints.get(ec2._p(params, "VpcEndpointId"))
    if endpoint and ec2._p(params, "ResetPolicy") == "true":
        endpoint.pop("PolicyDocument", None)
    joined = set(ec2._parse_member_list(params, "AddRouteTableId"))
    for other in ec2._vpc_endpoints.values():
        if endpoint and other is not endpoint and other["ServiceName"] == endpoint["ServiceName"]:
            if both := joined & set(other["RouteTableIds"]):
                service = other["ServiceName"]
                return ec2._error("RouteAlreadyExists", f"route table {min(both)} already has a route to {service}", 400)
    return _modify_vpc_endpoint(params)


def delete_route_table(params):
    """AWS: gateway endpoints lose the routes in a table that is deleted."""
    deleted = ec2._p(params, "RouteTableId")
    answer = _delete_route_table(params)
    if answer[0] == 200:
        for endpoint in ec2._vpc_endpoints.values():
            endpoint["RouteTableIds"] = [table for table in endpoint["RouteTableIds"] if table != deleted]
    return answer


def create_flow_logs(params):
    """AWS: one flow log of a kind for a resource and a destination; the refusal is in a successful answer."""
    wanted = ec2._parse_member_list(params, "ResourceId")
    place = ec2._p(params, "LogDestination") or ec2._p(params, "LogGroupName")
    traffic = ec2._p(params, "TrafficType") or "ALL"
    for log in ec2._flow_logs.values():
        if log["ResourceId"] in wanted and (log["TrafficType"], log["LogDestination"]) == (traffic, place):
            refused = (
                "<item><error><code>FlowLogAlreadyExists</code><message>There is an existing Flow Log with the same configuration."
                f"</message></error><resourceId>{log['ResourceId']}</resourceId></item>"
            )
            body = f"<flowLogIdSet/><unsuccessful>{refused}</unsuccessful>"
            return ec2._xml(200, "CreateFlowLogsResponse", body)
    return _create_flow_logs(params)


def attach_internet_gateway(params):
    """AWS: a VPC has one internet gateway."""
    vpc = ec2._p(params, "VpcId")
    if any(vpc == one.get("VpcId") for gateway in ec2._internet_gateways.values() for one in gateway.get("Attachments", [])):
        return ec2._error("Resource.AlreadyAssociated", f"resource {vpc} already has an internet gateway attached", 400)
    return _attach_internet_gateway(params)


def detach_internet_gateway(params):
    """AWS: only from where it is attached."""
    gateway, vpc = ec2._p(params, "InternetGatewayId"), ec2._p(params, "VpcId")
    if gateway not in ec2._internet_gateways:
        return ec2._error("InvalidInternetGatewayID.NotFound", f"The internet gateway ID '{gateway}' does not exist", 400)
    if all(vpc != one.get("VpcId") for one in ec2._internet_gateways[gateway].get("Attachments", [])):
        return ec2._error("Gateway.NotAttached", f"resource {gateway} is not attached to network {vpc}", 400)
    return _detach_internet_gateway(params)


def delete_internet_gateway(params):
    """AWS: not while it is attached."""
    gateway = ec2._internet_gateways.get(ec2._p(params, "InternetGatewayId"))
    if gateway and gateway.get("Attachments"):
        return ec2._error("DependencyViolation", "The internetGateway has dependencies and cannot be deleted.", 400)
    return _delete_internet_gateway(params)


def in_a_vpc(action):
    """AWS: nothing is put into a VPC that is deleted."""

    def checked(params):
        vpc = ec2._p(params, "VpcId")
        if vpc and vpc not in ec2._vpcs:
            return ec2._error("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist", 400)
        return action(params)

    return checked


def associate_security_group_vpc(params):
    """AWS: a group with a second VPC of its Region. Default groups and default VPCs take no part."""
    group, vpc = ec2._security_groups.get(ec2._p(params, "GroupId")), ec2._vpcs.get(ec2._p(params, "VpcId"))
    if not group:
        return ec2._error("InvalidGroup.NotFound", f"The security group '{ec2._p(params, 'GroupId')}' does not exist", 400)
    if not vpc:
        return ec2._error("InvalidVpcID.NotFound", f"The vpc ID '{ec2._p(params, 'VpcId')}' does not exist", 400)
    if group["GroupName"] == "default" or vpc.get("IsDefault") or group["VpcId"] == vpc["VpcId"]:
        return ec2._error("InvalidParameterValue", "The security group cannot be associated with this VPC.", 400)
    one = {"GroupId": ec2._p(params, "GroupId"), "VpcId": vpc["VpcId"]}
    _group_associations[f"{one['GroupId']} {one['VpcId']}"] = one
    return ec2._xml(200, "AssociateSecurityGroupVpcResponse", "<state>associating</state>")


def disassociate_security_group_vpc(params):
    if not _group_associations.pop(f"{ec2._p(params, 'GroupId')} {ec2._p(params, 'VpcId')}", None):
        return ec2._error("InvalidParameterValue", "The security group is not associated with this VPC.", 400)
    return ec2._xml(200, "DisassociateSecurityGroupVpcResponse", "<state>disassociating</state>")


def describe_security_group_vpc_associations(_):
    """All of them, associated at once."""
    owner = get_account_id()
    owners = f"<vpcOwnerId>{owner}</vpcOwnerId><groupOwnerId>{owner}</groupOwnerId>"
    items = "".join(
        f"<item><groupId>{one['GroupId']}</groupId><vpcId>{one['VpcId']}</vpcId>{owners}<state>associated</state></item>"
        for one in _group_associations.values()
    )
    body = f"<securityGroupVpcAssociationSet>{items}</securityGroupVpcAssociationSet>"
    return ec2._xml(200, "DescribeSecurityGroupVpcAssociationsResponse", body)


def delete_security_group(params):
    """AWS: not while it is associated with another VPC."""
    group = ec2._p(params, "GroupId")
    if any(one["GroupId"] == group for one in _group_associations.values()):
        return ec2._error("DependencyViolation", f"resource {group} has a dependent object", 400)
    return _delete_security_group(params)


def delete_vpc(params):
    """AWS: not while a group of another VPC is associated with it."""
    vpc = ec2._p(params, "VpcId")
    if any(one["VpcId"] == vpc for one in _group_associations.values()):
        return ec2._error("DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted.", 400)
    return _delete_vpc(params)


ec2._vpce_fields_xml = vpce_fields_xml
ec2._ACTION_MAP.update(
    AttachInternetGateway=attach_internet_gateway,
    DeleteInternetGateway=delete_internet_gateway,
    DetachInternetGateway=detach_internet_gateway,
    AssociateRouteTable=associate_route_table,
    AssociateSecurityGroupVpc=associate_security_group_vpc,
    DescribeSecurityGroupVpcAssociations=describe_security_group_vpc_associations,
    DisassociateSecurityGroupVpc=disassociate_security_group_vpc,
    DeleteSecurityGroup=delete_security_group,
    DeleteVpc=delete_vpc,
    CreateFlowLogs=create_flow_logs,
    CreateRoute=create_route,
    CreateSubnet=create_subnet,
    CreateVpcEndpoint=create_vpc_endpoint,
    DeleteRouteTable=delete_route_table,
    ModifyVpcEndpoint=modify_vpc_endpoint,
)
for name in ("AttachInternetGateway", "CreateSubnet", "CreateRouteTable", "CreateSecurityGroup", "CreateVpcEndpoint"):
    ec2._ACTION_MAP[name] = in_a_vpc(ec2._ACTION_MAP[name])
