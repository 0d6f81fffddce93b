"""The desk's addresses. Objects are named by UUIDv7; each view says at the gate what it needs."""

from __future__ import annotations

from django.urls import path

from rundblick.desk.pages import (
    asking,
    case,
    channels,
    customer,
    files,
    identity,
    inbox,
    quarantine,
    regrouping,
    report,
    review,
    search,
    session,
    who,
    why,
)

app_name = "desk"

urlpatterns = [
    path("", inbox.start, name="start"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("welcome/<uuid:uuid>/<str:token>/", session.welcome, name="welcome"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("preferences/", session.preferences, name="preferences"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("cases/<uuid:uuid>/", case.case_page, name="case"),
    path("cases/<uuid:uuid>/note/", case.note, name="note"),
    path("cases/<uuid:uuid>/asked/", asking.asked, name="asked"),
    path("cases/<uuid:uuid>/hand-over/", case.hand_over, name="hand-over"),
    path("cases/<uuid:uuid>/resolve/", case.resolve, name="resolve"),
    path("cases/<uuid:uuid>/reopen/", case.reopen, name="reopen"),
    path("cases/<uuid:uuid>/join/", regrouping.join_case, name="join"),
    path("regroupings/<uuid:uuid>/undo/", regrouping.undo_regrouping, name="undo-regrouping"),
    path("messages/<uuid:uuid>/move/", regrouping.move_message, name="move"),
    path("messages/<uuid:uuid>/why/", why.why, name="why"),
    path("messages/<uuid:uuid>/html/", files.message_html, name="message-html"),
    path("messages/<uuid:uuid>/original/", files.message_original, name="message-original"),
    path("attachments/<uuid:uuid>/", files.attachment, name="attachment"),
    path("customers/<uuid:uuid>/", customer.customer_page, name="customer"),
    path("customers/<uuid:uuid>/merge/", identity.merge, name="merge"),
    path("customers/<uuid:uuid>/split/", identity.split, name="split"),
    path("identity-acts/<uuid:uuid>/undo/", identity.undo_act, name="undo"),
    path("review/", review.review, name="review"),
    path("review/<uuid:uuid>/answer/", review.answer_question, name="review-answer"),
    path("review/<uuid:uuid>/undo/", review.undo_answer, name="review-undo"),
    path("search/", search.search, name="search"),
    path("who/", who.who, name="who"),
    path("report/", report.report, name="report"),
    path("report/<str:name>/cases/", report.behind, name="behind"),
    path("channels/", channels.overview, name="channels"),
    path("channels/new/", channels.new, name="account-new"),
    path("channels/count/", channels.count, name="proof-count"),
    path("channels/<uuid:uuid>/", channels.account, name="account"),
    path("channels/<uuid:uuid>/switch/", channels.switch, name="account-switch"),
    path("channels/<uuid:uuid>/missing/", channels.missing, name="account-missing"),
    path("channels/<uuid:uuid>/again/", channels.again, name="account-again"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/run/", quarantine.run_all, name="quarantine-run-all"),
    path("quarantine/<uuid:uuid>/run/", quarantine.run_one, name="quarantine-run"),
    path("quarantine/<uuid:uuid>/original/", files.quarantine_original, name="quarantine-original"),
]
