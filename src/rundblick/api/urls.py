"""The API's addresses. What is none of them is answered as the API answers, not with a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from rundblick.api.guarding import guarded_urls
from rundblick.api.main import api
from rundblick.people.gate import public
from rundblick.people.problems import problem


@public("says that there is nothing at this address")
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return problem(
        404, "no-such-address", _("There is nothing at this address."), _("/api/v1/openapi.json lists what there is.")
    )


urlpatterns = [
    path("v1/", include((guarded_urls(api), "ninja"), namespace=api.urls_namespace)),
    re_path(r"^.*$", nothing_here),
]
