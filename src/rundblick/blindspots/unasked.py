"""Indexes that a check's own database does without: neither the road nor a measure asks them, or another one covers it.

Each costs every row that is written; measures read whole tables. An index that is not named here stays.
"""

from __future__ import annotations

from typing import Final

UNASKED: Final = (
    "case_all",
    "case_inbox",
    "case_of_customer",
    "case_search",
    "case_team_inbox",
    "cases_call_pkey",
    "cases_case_number_key",
    "cases_case_owner_person_id_f83e4599",
    "cases_case_owner_team_id_49c709a0",
    "cases_case_uuid_key",
    "cases_casecontent_record_id_e4e4517c",
    "cases_caseentry_person_id_77844234",
    "cases_caseentry_pkey",
    "cases_caseentry_record_id_67a69c86",
    "cases_caseentry_team_id_522f1043",
    "cases_entrycontent_pkey",
    "cases_entrycontent_record_id_b3b7f734",
    "cases_message_delivery_id_bcacf412",
    "cases_message_uuid_key",
    "cases_messagecontent_record_id_6e7d380e",
    "cases_participant_pkey",
    "cases_participant_record_id_dfdcea80",
    "cases_threadkey_message_id_e8d4f3bf",
    "core_delivery_blob_id_44bf604d",
    "core_event_pkey",
    "core_eventobject_pkey",
    "customers_customer_number_key",
    "customers_customer_uuid_key",
    "customers_identifier_pkey",
    "customers_order_pkey",
    "customers_order_record_id_11119551",
    "customers_order_system_id_24e53269",
    "customers_recordversion_pkey",
    "event_feed",
    "event_object_event",
    "intake_outcome_pkey",
    "message_of_record",
    "message_search",
    "rating_lane",
    "voice_rating_case_id_e3ba26df",
    "voice_rating_pkey",
    "voice_rating_record_id_cb299179",
    "voice_rating_uuid_key",
    "voice_ratingcontent_pkey",
    "voice_ratingcontent_record_id_e6e24853",
)
