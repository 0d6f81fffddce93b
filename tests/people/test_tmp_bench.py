import time
from datetime import UTC, datetime, timedelta
import pytest
from rundblick.core.database import cursor
from rundblick.people.audit import DONE, SEEN, Wanted, trail
pytestmark = pytest.mark.django_db
def test_bench(house, capsys):
    with cursor() as cur:
        cur.execute("INSERT INTO people_accesslog (at, user_id, permission, object_type, object_id) SELECT now() - (2000000 - g) * interval '5 seconds', 1 + g %% 200, CASE WHEN g %% 3 = 0 THEN 'customer.read' ELSE 'case.read' END, CASE WHEN g %% 3 = 0 THEN 'customer' ELSE 'case' END, g %% 50000 FROM generate_series(1, %s) AS g", (2_000_000,))
        cur.execute("INSERT INTO core_event (kind, occurred_at, recorded_at, actor_type, actor_id) SELECT CASE WHEN g %% 50 = 0 THEN 'case.resolved' WHEN g %% 100001 = 0 THEN 'person.left' ELSE 'message.in' END, now(), now() - (1000000 - g) * interval '10 seconds', CASE WHEN g %% 3 = 0 OR g %% 50 = 0 THEN 'person' ELSE 'machine' END, g %% 200 FROM generate_series(1, %s) AS g", (1_000_000,))
        cur.execute("ANALYZE people_accesslog; ANALYZE core_event") if False else None
        for t in ("people_accesslog", "core_event", "core_eventobject"): cur.execute(f"ANALYZE {t}")
    ago = datetime.now(UTC) - timedelta(days=60)
    for name, w in {"all": Wanted(), "user": Wanted(user=7, person=7), "case": Wanted(about=(("case", (17,)),)), "kind rare": Wanted(kind="person.left"), "kind look": Wanted(kind="customer.read"), "no such kind": Wanted(kind="zzz"), "old": Wanted(begin=ago, end=ago + timedelta(days=1)), "user old": Wanted(user=7, person=7, begin=ago, end=ago + timedelta(days=1))}.items():
        best = 9
        for _ in range(3):
            t = time.perf_counter(); found, place = trail(w, None, 100); best = min(best, time.perf_counter() - t)
        with capsys.disabled(): print(f"{name}: {best*1000:.1f} ms, {len(found)}")
    t = time.perf_counter(); place = None; n = 0
    while n < 100000:
        found, place = trail(Wanted(), place, 2000); n += len(found)
    with capsys.disabled(): print(f"export 100000: {time.perf_counter()-t:.1f} s")
