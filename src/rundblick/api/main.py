"""The API as a whole: its routes and its errors. No documentation page: it would come from foreign hosts."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from ninja import NinjaAPI
from ninja.operation import Operation

from rundblick.api import refusals
from rundblick.api.guarding import Bearer
from rundblick.api.routes import (
    accounts,
    answers,
    boards,
    cases,
    customers,
    escalations,
    figures,
    identity,
    inbox,
    intake,
    me,
    models,
    ownership,
    people,
    promises,
    quarantine,
    regrouping,
    reports,
    review,
    routing,
    saved_searches,
    search,
    setup,
    talk,
    templates,
)
from rundblick.people.problems import MEDIA_TYPE

DESCRIPTION: Final = (
    "Everything the desk can. Send `Authorization: Bearer <token>`; a token has scopes and an end, and never may more "
    "than its owner. Errors are problem documents (RFC 9457) in the language of `Accept-Language`, German or English. "
    "What may not be seen answers 404. Lists are pages by key: pass `next` as `after`."
)


class Api(NinjaAPI):
    """Ninja's API whose description names the media type of problem documents, and is made once a process."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._described: dict[str, Any] = {}

    def get_openapi_schema(self, **options: Any) -> Any:
        where = repr(sorted(options.items()))
        if where not in self._described:  # a second of work, for whoever asks, signed in or not
            self._described[where] = self._describe(**options)
        return self._described[where]

    def _describe(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= 400 and "/Problem" in str(content):
                        response["content"] = {MEDIA_TYPE: content["application/json"]}
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """ "cases.resolve": the module of the routes and the function, names that clients are made from."""
        return f"{operation.view_func.__module__.rpartition('.')[2]}.{operation.view_func.__name__}"


api = Api(
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
    ("/searches", saved_searches.router),
    ("", setup.router),
    ("/people", people.people),
    ("/teams", people.teams),
    ("/teams", boards.of_teams),
    ("/absences", people.absences),
    ("", people.others),
    ("/views", inbox.views),
    ("/filters", inbox.saved),
    ("/bulk-deeds", inbox.deeds),
    ("/cases", inbox.of_cases),
    ("/cases", cases.router),
    ("/cases", ownership.of_cases),
    ("/handovers", ownership.handovers),
    ("/commitments", ownership.promised),
    ("/cases", regrouping.of_cases),
    ("/cases", routing.of_cases),
    ("/cases", talk.of_cases),
    ("/links", talk.of_links),
    ("/mentions", talk.of_mentions),
    ("/messages", talk.of_messages),
    ("/side-talks", talk.of_talks),
    ("/routing", routing.router),
    ("/messages", regrouping.of_messages),
    ("/regroupings", regrouping.regroupings),
    ("/cases", escalations.of_cases),
    ("/escalations", escalations.router),
    ("", escalations.rules),
    ("/cases", answers.router),
    ("/messages", answers.letters),
    ("/messages", cases.of_messages),
    ("/attachments", cases.attachments),
    ("/customers", identity.looking),
    ("/customers", customers.router),
    ("/customers", boards.of_customers),
    ("/customers", identity.of_customers),
    ("/identity-acts", identity.acts),
    ("/review", review.router),
    ("/models", models.router),
    ("/hours", promises.of_hours),
    ("/promises", promises.router),
    ("/report", reports.router),
    ("/deliveries", intake.router),
    ("/quarantine", quarantine.router),
    ("/accounts", accounts.router),
    ("/proof", accounts.proofs),
    ("/templates", templates.router),
    ("", figures.router),
    ("", boards.router),
):
    api.add_router(prefix, router)
