"""The API as a whole: its routes and its errors. No documentation page: it would come from foreign hosts."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from ninja import NinjaAPI

from rundblick.api import refusals
from rundblick.api.guarding import Bearer
from rundblick.api.routes import cases, customers, intake, me, quarantine, reports, search

DESCRIPTION: Final = (
    "Everything the desk can. Send `Authorization: Bearer <token>`; a token has scopes and an end, and never may more "
    "than its owner. Errors are problem documents (RFC 9457) in the language of `Accept-Language`, German or English. "
    "What may not be seen answers 404. Lists are pages by key: pass `next` as `after`."
)

api = NinjaAPI(
    title="Rundblick",
    version=version("rundblick"),
    description=DESCRIPTION,
    urls_namespace="api-v1",
    docs_url=None,
    auth=Bearer(),
    servers=[],
)
refusals.register(api)
for prefix, router in (
    ("", me.router),
    ("", search.router),
    ("/cases", cases.router),
    ("/attachments", cases.attachments),
    ("/customers", customers.router),
    ("/report", reports.router),
    ("/deliveries", intake.router),
    ("/quarantine", quarantine.router),
):
    api.add_router(prefix, router)
