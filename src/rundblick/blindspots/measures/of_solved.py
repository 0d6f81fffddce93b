"""Whether the customer says himself that it was solved: yes or no, in a survey (ratings of the kind ``solved``).

The third figure of first-contact resolution, beside what the log shows net and gross. What an agent
marks is none.
"""

from __future__ import annotations

_NORM = "(value - low) / nullif(high - low, 0)"
_TOLD = "voice_rating WHERE lane = 'rating' AND kind = 'solved' AND NOT superseded AND high > low"

TOLD_SOLVED = f"SELECT count(*) FILTER (WHERE {_NORM} >= 0.5), count(*) FROM {_TOLD}"
CASES_NOT_SOLVED = (
    f"SELECT case_id AS id FROM {_TOLD} AND case_id IS NOT NULL GROUP BY case_id HAVING min({_NORM}) < 0.5 "
    "ORDER BY min(at) DESC NULLS LAST, case_id"
)
