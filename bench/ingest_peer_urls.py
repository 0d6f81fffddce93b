"""The addresses that django-helpdesk writes into its acknowledgements."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
