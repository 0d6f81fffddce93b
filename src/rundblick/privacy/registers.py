"""What this room registers: its own tables, those of the floor below and Django's."""

from __future__ import annotations

from rundblick.core import sweeps, verification
from rundblick.core.backup import after_restore
from rundblick.privacy import sweeping, verifying
from rundblick.privacy.erasure import reapply
from rundblick.privacy.registry import Content, register

sweeps.register("slow", "audit-seal", sweeping.sealing, every=sweeping.MINUTE)
sweeps.register("slow", "privacy-dates", sweeping.forgetting, every=sweeping.HOUR)
after_restore["erasures"] = lambda: len(reapply())

register("privacy_erasure", skeleton="reason counts")
register("privacy_erasedkey", skeleton="digest subject")
register("privacy_erasedrow", skeleton="table")
# goes on its date: erasure.end_restrictions
register("privacy_restriction", skeleton="table law until", content=Content({"content": "'{}'"}, ""))
register("privacy_auditentry", skeleton="actor_type action object_type digest")
register("privacy_auditseal", skeleton="hash")
register(
    "privacy_auditcontent",
    content=Content({"details": "'{}'"}, "record_id = ANY(%(subjects)s)", key="entry_id"),
)

register("core_installation", installation="salt company zone country promise")
register("core_rulebook", installation="kind told")
register("core_rulebookdraft", installation="kind told")
register("core_system", installation="code name")
register("core_source", installation="code kind name")
register("core_blob", skeleton="sha256")
# goes when nothing refers to it any more: registry.BlobUse
register("core_blobchunk", content=Content({"data": "''"}, "", key="blob_id"))
register("core_delivery", skeleton="source_key kind")  # hints: see intake
register("core_event", skeleton="kind actor_type data")
register("core_eventobject", skeleton="type")
register("core_reader", installation="name")

register("django_content_type", installation="app_label model")
register("django_migrations", installation="app name")
register("django_session", installation="session_key session_data")
register("auth_group", installation="name")
register("auth_permission", installation="codename name")

verification.register("originals", verifying.blobs)
verification.register("columns", verifying.columns)
verification.register("audit", verifying.audit_chain)
verification.register("restrictions", verifying.overdue_restrictions)
verification.register("skeleton", verifying.named_skeleton)
verification.objects["erasure"] = "privacy_erasure"
