"""Which ARN does a listed resource have? None is made up: what does not look like AWS's own has none.

The forms are those of the Service Authorization Reference for EC2 and S3.
"""

from __future__ import annotations

import re

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_INSTANCE = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
# Buckets of us-east-1 from before March 2018 may have capitals, underscores and 255 characters.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """``aws``, or ``aws-cn`` and ``aws-us-gov`` for their regions."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


def arn_of(service: str, resource_id: str, account: str, region: str) -> str:
    """The ARN of an instance (``EC2``) or a bucket (``S3``).

    Raises ValueError, which says why, where the account or the region is unknown or the id is none of
    AWS's. A bucket's ARN names neither account nor region, but who tags it has to know both.
    """
    if not _ACCOUNT.fullmatch(account):
        raise ValueError("its account is unknown")
    if not _REGION.fullmatch(region):
        raise ValueError("its region is unknown")
    if not (_INSTANCE if service == "EC2" else _BUCKET).fullmatch(resource_id):
        raise ValueError(f"this is no {'instance id' if service == 'EC2' else 'bucket name'} of AWS")
    partition = partition_of(region)
    if service == "EC2":
        return f"arn:{partition}:ec2:{region}:{account}:instance/{resource_id}"
    return f"arn:{partition}:s3:::{resource_id}"
