"""The first hour over REST: what is set up and what is missing, and the company itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.api.shapes import LINE, Taken
from rundblick.cases.company import Company, CompanyError, company, set_company
from rundblick.people.gate import needs
from rundblick.people.models import User
from rundblick.people.setting_up import is_ready, keep, standings

router = Router(tags=["setup"])


class StepShown(Schema):
    """``told``: what is there, in a few words; "" for nothing yet. ``url``: where in the desk it is done."""

    code: str
    name: str
    state: Literal["done", "later", "missing"]
    told: str
    url: str


class SetUp(Schema):
    ready: bool = Field(description="somebody called it ready, or it is a sample or a kept check")
    steps: list[StepShown]


class CompanyShown(Schema):
    name: str
    country: str = Field(description="ISO 3166, two letters")
    zone: str = Field(description="IANA name")
    holidays: str = Field(description='"DE-BY", "AT": closed on the public holidays of; "" none')


class CompanyTaken(Taken):
    """What is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=60, pattern=LINE)] | None = None
    holidays: Annotated[str, Field(max_length=10, pattern=r"^([A-Za-z]{2}(-[A-Za-z0-9]{1,3})?)?$")] | None = None


@router.get("/setup", response={200: SetUp, **REFUSED})
@needs("admin.settings")
def set_up(request: HttpRequest) -> dict[str, Any]:
    """Each step of the first hour, in order."""
    steps = [
        {
            "code": one.step.code,
            "name": str(one.step.name),
            "state": one.state,
            "told": one.told,
            "url": _address(request, one.step.code),
        }
        for one in standings()
    ]
    return {"ready": is_ready(), "steps": steps}


@router.get("/company", response={200: CompanyShown, **REFUSED})
@needs("admin.settings")
def shown(request: HttpRequest) -> dict[str, str]:
    """Who the company is."""
    told = company()
    return {"name": told.name, "country": told.country, "zone": told.zone, "holidays": told.holidays}


@router.patch("/company", response={200: CompanyShown, **IMPOSSIBLE})
@needs("admin.settings")
def change(request: HttpRequest, body: CompanyTaken) -> dict[str, str]:
    """Change the company. Opening hours in force go on in the new zone, closed on the new holidays."""
    told = company()
    given = body.model_dump(exclude_none=True)
    by = request.user
    assert isinstance(by, User)
    values = {name: given.get(name, getattr(told, name)) for name in Company.__slots__}
    try:
        set_company(Company(**values), by=by)
    except CompanyError as error:
        detail = " ".join(f"{name}: {text}" for name, text in error.faults.items())
        raise Refusal(422, "not-kept", _("The company cannot be kept like this."), detail) from error
    keep("company", by=by)
    return shown(request)


def _address(request: HttpRequest, code: str) -> str:
    try:
        return request.build_absolute_uri(reverse("desk:setup-step", args=[code]))
    except NoReverseMatch:  # an installation without the desk
        return ""
