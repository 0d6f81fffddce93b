"""The server's transaction counter, which events and audit entries carry (FOUNDATIONS 4)."""

from __future__ import annotations

import psycopg

_LAST = """
do $$ declare last xid8 := '0'; one xid8; place record; begin
    for place in
        select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.atttypid = 'xid8'::regtype and not a.attisdropped and c.relkind = 'r'
            and c.relnamespace = 'public'::regnamespace
    loop
        execute format('select %1$I from %2$I order by %1$I desc limit 1', place.attname, place.relname) into one;
        if one > last then last := one; end if;
    end loop;
    while pg_current_xact_id() <= last loop commit; end loop;
end $$
"""


def catch_up(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Let the server's transaction counter pass the transactions that restored rows name, whatever their table.

    Events are read in the order of their transactions, and only below the oldest running one (FOUNDATIONS 4); a fresh
    server counts from the start again, and would hide them and order new ones before them. So does the audit's chain.
    The connection is in autocommit. 1.3 seconds a million.
    """
    connection.execute(_LAST)
