"""Text modules of the sample company."""

from __future__ import annotations

from typing import Final

_TEXTS: Final = (
    (
        "Liefertermin nennen",
        "de",
        "Lieferung",
        (
            "Guten Tag {{customer_name}},\n\nvielen Dank für Ihre Nachricht. "
            "Ihr Gerät kommt am ... "
            "zwischen ... und ... Uhr. "
            "Der Fahrer ruft eine halbe Stunde vorher an.\n\nFreundliche Grüße\n{{agent_name}}, {{team}}"
        ),
    ),
    (
        "Zwischenbescheid",
        "de",
        "",
        (
            "Guten Tag {{customer_name}},\n\nich kümmere mich um Ihr Anliegen ({{case_number}}) und "
            "melde mich bis {{due}} "
            "wieder bei Ihnen.\n\nFreundliche Grüße\n{{agent_name}}"
        ),
    ),
    (
        "Holding reply",
        "en",
        "",
        (
            "Dear {{customer_name}},\n\nI am looking into your request ({{case_number}}) and will "
            "write again by {{due}}."
            "\n\nKind regards\n{{agent_name}}"
        ),
    ),
)


def text_modules() -> int:
    """Some text modules, where there are none; gives how many."""
    from rundblick.cases.models import Template
    from rundblick.cases.templates import Told, keep

    if Template.objects.exists():
        return 0
    for name, language, topic, text in _TEXTS:
        keep(Told(name=name, text=text, language=language, topic=topic), by=None)
    return len(_TEXTS)
