"""The description of the API is true: whatever fits it or breaks it gets an answer that the description names.

Requests are drawn from the description itself (schemathesis), with the token of somebody who may everything: as drawn,
and for objects that exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from rundblick.api.main import api
from rundblick.people import limits, tokens

if TYPE_CHECKING:
    from tests.people.house import House

# a key of a page and "exactly one of two fields" are refused with 422, and no JSON Schema of a field can say so
UNDESCRIBED = [positive_data_acceptance]
QUICK = settings(
    max_examples=3,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request leaves the test's transaction alone, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn requests guess at tokens, and the check wants each guess answered as the first."""
    monkeypatch.setattr(limits, "WRONG_TOKENS", limits.Limit("wrong tokens of a test", 1_000_000, 1))


@pytest.fixture
def token(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(house.anton, 'test', ['*']).text}"}


@schemathesis.serializer("message/rfc822")
def _raw_mail(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else b"Subject: drawn\r\n\r\nx"


def described(coverage: bool) -> Any:
    """The API's own description; ``coverage``: also each field left out, too long, of another type, one at a time."""
    config = SchemathesisConfig()
    config.projects.default.phases.coverage.enabled = coverage
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"), config=config)
    schema.app = get_wsgi_application()
    return schema


schema, drawn = described(coverage=True), described(coverage=False)


@schema.parametrize()
@QUICK
def test_any_request_gets_an_answer_as_described(case: Any, token: dict[str, str]) -> None:
    case.call_and_validate(headers=token, excluded_checks=UNDESCRIBED)


@drawn.include(path_regex=r"\{", method="GET").parametrize()
@QUICK
def test_any_request_for_an_object_that_exists_gets_an_answer_as_described(
    case: Any, token: dict[str, str], house: House
) -> None:
    refs = {"/customers/": house.anna.number, "/cases/": house.olgas.number, "/measures/": "cases"}
    for part, ref in refs.items():
        if part in case.path:
            case.path_parameters = dict.fromkeys(case.path_parameters, ref)
    case.call_and_validate(headers=token, excluded_checks=[*UNDESCRIBED, negative_data_rejection])
