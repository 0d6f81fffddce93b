"""Facts are added, not overwritten: a trigger refuses UPDATE and DELETE on skeleton tables (FOUNDATIONS 3)."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0
       AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are facts: they are added, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


# table -> columns that may change: what migrations said, once they are imported; core.verification compares
guarded: dict[str, tuple[str, ...]] = {}


def install_function() -> RunSQL:
    """The trigger's function; the first migration of core runs it."""
    return RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS refuse_change() CASCADE")


def append_only(table: str, *may_change: str) -> RunSQL:
    """Make ``table`` append-only, but for the columns ``may_change`` (pointers that a join or a move sets).

    A later migration may only add columns: migrations are imported in any order.
    """
    guarded[table] = tuple(sorted({*guarded.get(table, ()), *may_change}))
    allowed = ", ".join(f"'{column}'" for column in may_change)
    return RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change({allowed})",
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
    )
