"""The faces: the desk at the root, the API under /api/v1/. A face without a urls module is left out."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []

if find_spec("rundblick.api.urls"):
    urlpatterns.append(path("api/", include("rundblick.api.urls")))
if find_spec("rundblick.desk.urls"):
    urlpatterns.append(path("", include("rundblick.desk.urls")))

if find_spec("rundblick.desk.pages.errors"):
    handler403 = "rundblick.desk.pages.errors.forbidden"
    handler404 = "rundblick.desk.pages.errors.not_found"
    handler500 = "rundblick.desk.pages.errors.broken"
