"""Pages of a small installation, for tests of the gate's middleware: registered, public, forgotten."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View

from rundblick.people.gate import needs, public, saw


@public("tests open it without signing in")
def sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sign in")


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everybody's secrets")


@needs("case.read", about="case")
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return HttpResponse(request.about.number)  # type: ignore[attr-defined]


@needs("case.write", about="case")
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return HttpResponse("written")


@needs("customer.read", about="customer", by="number")
def customer(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(request.about.number)  # type: ignore[attr-defined]


@needs("search")
def search(request: HttpRequest) -> HttpResponse:
    saw(request, "customer", [int(id_) for id_ in request.GET.getlist("found")])
    return HttpResponse("found", status=int(request.GET.get("status", "200")))


@needs("admin.users")
class Users(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("users")


urlpatterns = [
    path("sign-in", sign_in, name="sign-in"),
    path("forgotten", forgotten),
    path("cases/<uuid:uuid>", case),
    path("cases/<uuid:uuid>/note", note),
    path("customers/<str:number>", customer),
    path("search", search),
    path("users", Users.as_view()),
]
