"""Key pairs as EC2 keeps them, where MiniStack makes up what it shows and takes anything.

(EC2 API Reference, "ImportKeyPair", "DescribeKeyPairs" and "KeyPairInfo"; EC2 User Guide, "Verify the fingerprint of your key pair";
"Error codes for the Amazon EC2 API".)
"""

import base64
import hashlib
from datetime import datetime, timezone
from xml.sax.saxutils import escape

from ministack.services import ec2

_create_key_pair = ec2._create_key_pair

KINDS = {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}


def blob_of(text):
    """The blob of a public key in OpenSSH's form, and its kind; nothing if it is none."""
    words = text.split()
    if len(words) < 2 or words[0] not in KINDS:
        return None
    try:
        blob = base64.b64decode(words[1], validate=True)
    except ValueError:
        return None
    name = words[0].encode()
    return (blob, words[0]) if blob[4 : 4 + len(name)] == name else None


def import_key_pair(params):
    """AWS: a name is taken once, and what is no public key is refused."""
    name = ec2._p(params, "KeyName")
    if name in ec2._key_pairs:
        return ec2._error("InvalidKeyPair.Duplicate", f"The keypair '{name}' already exists.", 400)
    try:
        material = base64.b64decode(ec2._p(params, "PublicKeyMaterial"), validate=True).decode()
    except ValueError:
        material = ""
    found = blob_of(material)
    if not name or not found:
        return ec2._error("InvalidKey.Format", "Key is not in valid OpenSSH public key format", 400)
    blob, kind = found
    fingerprint = base64.b64encode(hashlib.sha256(blob).digest()).decode() if kind == "ssh-ed25519" else hashlib.md5(blob).hexdigest()
    identifier = f"key-{ec2.new_uuid().replace('-', '')[:17]}"
    ec2._key_pairs[name] = {
        "KeyName": name,
        "KeyFingerprint": fingerprint,
        "KeyPairId": identifier,
        "KeyType": KINDS[kind],
        "PublicKey": f"{kind} {base64.b64encode(blob).decode()} {name}",
        "CreateTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    ec2._parse_tag_specs(params, "key-pair", identifier)
    return ec2._xml(200, "ImportKeyPairResponse", f"""
        <keyName>{escape(name)}</keyName>
        <keyFingerprint>{fingerprint}</keyFingerprint>
        <keyPairId>{identifier}</keyPairId>{tag_set(identifier)}""")


def tag_set(identifier):
    tags = "".join(
        f"<item><key>{escape(tag['Key'])}</key><value>{escape(tag['Value'])}</value></item>" for tag in ec2._tags.get(identifier, [])
    )
    return f"<tagSet>{tags}</tagSet>" if tags else ""


def filters(params):
    """Filters of a request: name and values."""
    number = 1
    while name := ec2._p(params, f"Filter.{number}.Name"):
        values, value = [], 1
        while one := ec2._p(params, f"Filter.{number}.Value.{value}"):
            values.append(one)
            value += 1
        yield name, values
        number += 1


def matches(pair, name, values):
    if name == "key-name":
        return pair["KeyName"] in values
    if name == "key-pair-id":
        return pair["KeyPairId"] in values
    if name == "fingerprint":
        return pair["KeyFingerprint"] in values
    tags = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(pair["KeyPairId"], [])}
    if name == "tag-key":
        return any(key in values for key in tags)
    return name.startswith("tag:") and tags.get(name.removeprefix("tag:")) in values


def describe_key_pairs(params):
    """AWS: what was named and is not there is an error; the public half is shown where it is asked for."""
    names, identifiers = ec2._parse_member_list(params, "KeyName"), ec2._parse_member_list(params, "KeyPairId")
    for name in names:
        if name not in ec2._key_pairs:
            return ec2._error("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist", 400)
    pairs = [pair for pair in ec2._key_pairs.values() if not names or pair["KeyName"] in names]
    pairs = [pair for pair in pairs if not identifiers or pair["KeyPairId"] in identifiers]
    for name, values in filters(params):
        pairs = [pair for pair in pairs if matches(pair, name, values)]
    public = ec2._p(params, "IncludePublicKey") == "true"
    items = "".join(item(pair, public) for pair in pairs)
    return ec2._xml(200, "DescribeKeyPairsResponse", f"<keySet>{items}</keySet>")


def item(pair, public):
    shown = f"<publicKey>{escape(pair['PublicKey'])}\n</publicKey>" if public and pair.get("PublicKey") else ""
    created = f"<createTime>{pair['CreateTime']}</createTime>" if pair.get("CreateTime") else ""
    return f"""<item>
        <keyPairId>{pair["KeyPairId"]}</keyPairId>
        <keyFingerprint>{pair["KeyFingerprint"]}</keyFingerprint>
        <keyName>{escape(pair["KeyName"])}</keyName>
        <keyType>{pair.get("KeyType", "rsa")}</keyType>{shown}{created}{tag_set(pair["KeyPairId"])}
    </item>"""


def delete_key_pair(params):
    """AWS: by name or by id; one that is not there is no error."""
    name, identifier = ec2._p(params, "KeyName"), ec2._p(params, "KeyPairId")
    for pair in list(ec2._key_pairs.values()):
        if pair["KeyName"] == name or pair["KeyPairId"] == identifier:
            ec2._key_pairs.pop(pair["KeyName"], None)
            ec2._tags.pop(pair["KeyPairId"], None)
    return ec2._xml(200, "DeleteKeyPairResponse", "<return>true</return>")


def arn(params, region, account):
    """AWS: a call about a key pair is authorized on its name (Service Authorization Reference, "Amazon EC2", key-pair)."""
    for field in ("KeyPairId", "ResourceId.1"):
        named = ec2._p(params, field)
        for pair in ec2._key_pairs.values() if named else ():
            if pair["KeyPairId"] == named:
                return f"arn:aws:ec2:{region}:{account}:key-pair/{pair['KeyName']}"
    return None


ec2._ACTION_MAP.update(ImportKeyPair=import_key_pair, DescribeKeyPairs=describe_key_pairs, DeleteKeyPair=delete_key_pair)
