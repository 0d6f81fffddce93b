from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.people.house import House


@pytest.fixture
def house(db: None) -> House:
    from tests.people.house import a_house  # models can be imported once Django is set up

    return a_house()
