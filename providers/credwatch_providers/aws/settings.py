"""The tables `[providers.NAME] use = "aws"` and `[issuers.aws]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from credwatch.contract import Reference, Secret, Settings

STS = "sts.amazonaws.com"
_IAM = {"us-gov-": "iam.us-gov.amazonaws.com", "cn-": "iam.cn-north-1.amazonaws.com.cn"}
"""Where it is not the one of most regions."""
REGIONS = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
]
"""Where keys can be tried besides the global endpoint; a key of another region needs `base_url`."""


def _known(region: str) -> str:
    if region not in REGIONS:
        raise ValueError(f"no region that we know; one of {', '.join(REGIONS)}, or give base_url")
    return region


class AwsIssuerSettings(Settings):
    """Where access keys are tried. `base_url` leads every call of this vendor there, the lists too."""

    base_url: str | None = None
    region: Annotated[str, AfterValidator(_known)] | None = None

    @property
    def url(self) -> str:
        """The endpoint of the probe."""
        if self.base_url:
            return self.base_url.rstrip("/")
        return f"https://sts.{self.region}.amazonaws.com" if self.region else f"https://{STS}"

    @property
    def signing_region(self) -> str:
        """The region in the signature; the global endpoint signs as us-east-1."""
        named = re.search(r"//sts\.([a-z0-9-]+)\.amazonaws\.", self.base_url or "")
        return self.region or (named[1] if named else "us-east-1")


@dataclass(frozen=True)
class Keys:
    """What a client signs with; all None means the default chain."""

    id: str | None = None
    secret: Secret | None = None
    token: Secret | None = None


class AccessKey(Settings):
    """Keys of our own, where the default chain (environment, profile, web identity, instance role) is not to decide."""

    id: str
    secret: Reference
    session: Reference | None = None

    def resolve(self) -> Keys:
        """The values now. ConfigError when one is not where the reference says."""
        return Keys(self.id, self.secret.resolve(), self.session.resolve() if self.session else None)


class AwsSettings(Settings):
    """One account: whose it must be, how we get in, and what of it is watched."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    assume: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")] | None = None
    access_key: AccessKey | None = None
    regions: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d+$")], ...] = ()
    secrets: tuple[str, ...] = ()
    """Patterns over names; `*` stays within one segment, `**` crosses them."""
    parameters: tuple[str, ...] = ()
    """The same, over the names in the Parameter Store: "/voice/**"."""
    iam: bool = False

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not self.secrets and not self.parameters and not self.iam:
            raise ValueError('watches nothing: give secrets = ["**"], parameters = ["/**"], or iam = true')
        if (self.secrets or self.parameters) and not self.regions:
            raise ValueError('secrets and parameters lie in regions: give regions = ["eu-west-1"]')
        return self

    @property
    def home(self) -> str:
        """The region that is asked what belongs to no region."""
        return self.regions[0] if self.regions else "us-east-1"


def reaches(settings: AwsSettings, issuer: AwsIssuerSettings) -> Iterator[str]:
    """The endpoints of one account, as botocore finds them; none where `base_url` stands for all."""
    if issuer.base_url:
        return
    services = [name for name, wanted in (("secretsmanager", settings.secrets), ("ssm", settings.parameters)) if wanted]
    yield f"sts.{settings.home}.{_suffix(settings.home)}"
    yield from (f"{service}.{region}.{_suffix(region)}" for region in settings.regions for service in services)
    if settings.iam:
        yield next((host for start, host in _IAM.items() if settings.home.startswith(start)), "iam.amazonaws.com")


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
