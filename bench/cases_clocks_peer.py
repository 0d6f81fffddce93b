"""Business seconds of intervals by businesstimedelta (MIT). Runs in the peer's environment; prints one JSON object.

python bench/cases_clocks_peer.py INTERVALS.json
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

import businesstimedelta
import holidays
import pytz


def main(path: Path) -> None:
    told = json.loads(path.read_text())
    zone = pytz.timezone(told["zone"])
    country, state = told["holidays"].split("-")
    rules = [
        businesstimedelta.WorkDayRule(
            start_time=clock.fromisoformat(begin), end_time=clock.fromisoformat(end), working_days=told["days"], tz=zone
        )
        for begin, end in told["hours"]
    ]
    free = businesstimedelta.HolidayRule(holidays.country_holidays(country, subdiv=state), tz=zone)
    both = businesstimedelta.Rules([*rules, free])
    pairs = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in told["intervals"]]
    begun = time.process_time()
    lengths = [both.difference(a, b).timedelta for a, b in pairs]
    spent = time.process_time() - begun
    seconds = [length / timedelta(seconds=1) for length in lengths]
    print(json.dumps({"interval_us": round(spent / len(pairs) * 1e6, 2), "intervals": len(pairs), "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
