"""Request Tracker 5 (Debian's packages) for the bench of the desk: set up, filled by SQL, served by its own rt-server.

Its database lies on the same kind of server as ours. Groups, rights and people are made by its own functions
(_SETTING_UP), tickets by COPY and INSERT ... SELECT in the shape in which its own Create leaves them; its search over
texts is what rt-setup-fulltext-index makes: a table of tsvectors with a GIN index, here of German, since the texts are.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from bench.desk_http import Visitor, wait_for
from bench.desk_ours import free_port
from bench.desk_texts import MINE, PERSONS, TEAMS, Everything, mail_of, name_of

if TYPE_CHECKING:
    import psycopg

PACKAGES = ("request-tracker5", "rt5-standalone", "rt5-db-postgresql", "dbconfig-no-thanks", "nullmailer")
RT_SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
NAME, PASSWORD = "agent", "a long enough password"
PORTION = 20_000


def there() -> str:
    """Why Request Tracker is missing, "" when it is there; installed from Debian's packages where apt can."""
    if RT_SERVER.exists():
        return ""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return f"not installed; as root: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
    print("Installing Request Tracker 5 from Debian's packages ...", file=sys.stderr)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(command, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return f"{' '.join(command[:2])} failed: {done.stdout.strip().splitlines()[-1:]}"
    return "" if RT_SERVER.exists() else "its packages hold no rt-server"


def configured(folder: Path, url: str, port: int) -> dict[str, str]:
    """Write its settings; gives the environment in which its programs use them."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "RT_SiteConfig.d").mkdir(exist_ok=True)
    settings = {
        "rtname": "bench.example",
        "Organization": "bench.example",
        "WebDomain": "127.0.0.1",
        "WebPort": str(port),
        "WebPath": "",
        "Timezone": "Europe/Berlin",
        "DatabaseType": "Pg",
        "DatabaseHost": query["host"][0],
        "DatabasePort": query["port"][0],
        "DatabaseUser": unquote(parts.username or ""),
        "DatabasePassword": unquote(parts.password or ""),
        "DatabaseName": parts.path.strip("/"),
        "MailCommand": "testfile",
        "LogToSyslog": "",
        "LogToSTDERR": "error",
    }
    lines = [f"Set(${name}, '{value}');" for name, value in settings.items()]
    lines.append(
        "Set(%FullTextSearch, Enable => 1, Indexed => 1, Table => 'AttachmentsIndex', Column => 'ContentIndex');"
    )
    file = folder / "RT_SiteConfig.pm"
    file.write_text("\n".join([*lines, "1;", ""]))
    file.chmod(0o600)
    return os.environ | {"RT_SITE_CONFIG": str(file), "RT_SITE_CONFIG_DIR": str(folder / "RT_SiteConfig.d")}


def fill(url: str, folder: Path, everything: Everything) -> None:
    """Set it up in an empty database and fill it."""
    import psycopg

    environment = configured(folder, url, 8080)
    password = folder / "root"
    password.write_text(PASSWORD)
    command = ["rt-setup-database-5", "--action", "init", "--skip-create", "--root-password-file", str(password)]
    _run(command, environment)
    script = folder / "setting-up.pl"
    teams = " ".join(f"team{n}" for n in range(TEAMS))
    script.write_text(_SETTING_UP.replace("TEAMS", teams).replace("MINE", " ".join(map(str, MINE))))
    people = folder / "people"
    people.write_text("".join(f"P{n:02}\t{name_of(n * 31)}\n" for n in range(PERSONS)), encoding="utf-8")
    _run(["perl", "-I/usr/share/request-tracker5/lib", str(script), PASSWORD, str(people)], environment)
    with psycopg.connect(url, autocommit=True) as conn:
        name = urlsplit(url).path.strip("/")
        conn.execute(f"ALTER DATABASE {name} SET default_text_search_config = 'german'")
        conn.execute("SET synchronous_commit = off; SET default_text_search_config = 'german'")
        _staged(conn, everything)
        for statement in _FILLING:
            conn.execute(statement)
        conn.execute("VACUUM ANALYZE")
    print(file=sys.stderr)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}")


def _staged(conn: psycopg.Connection[Any], everything: Everything) -> None:
    conn.execute(
        "CREATE TEMP TABLE one (n int, team int, person int, status text, subject text, opened timestamp,"
        " last timestamp, resolved timestamp, mail text, name text);"
        "CREATE TEMP TABLE said (n int, number int, at timestamp, way text, text text, file text, filetext text)"
    )
    status = {"open": "open", "pending": "stalled", "resolved": "resolved"}
    for low in range(0, everything.cases, PORTION):
        print(f"\r  Request Tracker: {low:,} tickets    ", end="", file=sys.stderr, flush=True)
        some = [everything.one(n) for n in range(low, min(low + PORTION, everything.cases))]
        with conn.cursor() as cur:
            with cur.copy("COPY one FROM STDIN") as copy:
                for c in some:
                    last = c.resolved or c.said[-1].at
                    copy.write_row((c.n, c.team, c.person, status[c.state], c.subject, _naive(c.opened), _naive(last),
                                    _naive(c.resolved), mail_of(c.customer), name_of(c.customer)))  # fmt: skip
            with cur.copy("COPY said FROM STDIN") as copy:
                for c in some:
                    for m in c.said:
                        file = (m.file.name, m.file.text) if m.file else (None, None)
                        copy.write_row((c.n, m.number, _naive(m.at), m.direction, m.text, *file))


def _naive(at: Any) -> Any:
    return None if at is None else at.replace(tzinfo=None)


@contextmanager
def served(url: str, folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """Its own server with so many processes; gives its port and its process."""
    port = free_port()
    environment = configured(folder, url, port)
    log = (folder / "rt-server.log").open("w")
    process = subprocess.Popen(
        [str(RT_SERVER), "--port", str(port), "--host", "127.0.0.1", "--max-workers", str(workers)],
        env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def signed_in(port: int) -> Visitor:
    """The agent, at its form."""
    visitor = Visitor(port)
    visitor.sign_in("/", {"user": NAME, "pass": PASSWORD}, "/NoAuth/Login.html")
    return visitor


# by its own functions: eight queues, a group with rights on the agent's two, the people who own tickets
_SETTING_UP = r"""
use strict; use warnings; use utf8;
use RT; RT::LoadConfig(); RT::Init();
my ($password, $file) = @ARGV;
my $agent = RT::User->new(RT->SystemUser);
my ($ok, $why) = $agent->Create(Name => 'agent', Password => $password, EmailAddress => 'agent@bench.example',
                                Privileged => 1);
die $why unless $ok;
my @queues;
for my $name (qw(TEAMS)) {
    my $queue = RT::Queue->new(RT->SystemUser);
    ($ok, $why) = $queue->Create(Name => $name, Description => $name);
    die $why unless $ok;
    push @queues, $queue;
}
for my $n (qw(MINE)) {
    for my $right (qw(SeeQueue ShowTicket ShowTicketComments ModifyTicket OwnTicket ReplyToTicket CommentOnTicket)) {
        ($ok, $why) = $agent->PrincipalObj->GrantRight(Right => $right, Object => $queues[$n]);
        die $why unless $ok;
    }
}
for my $right (qw(ModifySelf ShowSavedSearches LoadSavedSearch EditSavedSearches CreateSavedSearch)) {
    $agent->PrincipalObj->GrantRight(Right => $right, Object => RT->System);
}
open my $people, '<:encoding(UTF-8)', $file or die $!;
while (<$people>) {
    chomp; my ($name, $real) = split /\t/;
    my $user = RT::User->new(RT->SystemUser);
    ($ok, $why) = $user->Create(Name => $name, RealName => $real, EmailAddress => "$name\@bench.example",
                                Privileged => 1);
    die $why unless $ok;
}
"""

# As Ticket->Create and Correspond leave them: a user for each requestor with his own group, four role groups a ticket,
# a transaction for each deed, an attachment for each text and file.
_FILLING = (
    """
    CREATE TEMP TABLE who AS
    SELECT mail, min(name) AS name, (SELECT max(id) FROM Principals) + row_number() OVER (ORDER BY mail) * 2 AS id,
           min(opened) AS since
    FROM one GROUP BY mail;
    CREATE UNIQUE INDEX ON who (mail);
    INSERT INTO Principals (id, PrincipalType, Disabled) SELECT id, 'User', 0 FROM who;
    INSERT INTO Users (id, Name, Password, EmailAddress, RealName, Creator, Created, LastUpdatedBy, LastUpdated)
    SELECT id, mail, '*NO-PASSWORD*', mail, name, 1, since, 1, since FROM who;
    INSERT INTO Principals (id, PrincipalType, Disabled) SELECT id + 1, 'Group', 0 FROM who;
    INSERT INTO Groups (id, Name, Description, Domain, Instance, Creator, Created, LastUpdatedBy, LastUpdated)
    SELECT id + 1, 'UserEquiv', 'ACL equiv. for user ' || id, 'ACLEquivalence', id, 1, since, 1, since FROM who;
    CREATE TEMP TABLE belongs AS
    SELECT id + 1 AS g, id AS m FROM who
    UNION ALL SELECT g.id, w.id FROM who w, Groups g
    WHERE g.Domain = 'SystemInternal' AND g.Name IN ('Everyone', 'Unprivileged')
    """,
    """
    CREATE TEMP TABLE role AS
    SELECT o.n, o.person, o.mail, o.opened, r.name, (SELECT max(id) FROM Principals) + o.n * 4 + r.k AS id
    FROM one o CROSS JOIN (VALUES (1, 'AdminCc'), (2, 'Cc'), (3, 'Owner'), (4, 'Requestor')) AS r (k, name);
    INSERT INTO Principals (id, PrincipalType, Disabled) SELECT id, 'Group', 0 FROM role;
    INSERT INTO Groups (id, Name, Domain, Instance, Creator, Created, LastUpdatedBy, LastUpdated)
    SELECT id, name, 'RT::Ticket-Role', n + 1, 1, opened, 1, opened FROM role;
    INSERT INTO belongs
    SELECT r.id, w.id FROM role r JOIN who w ON w.mail = r.mail WHERE r.name = 'Requestor'
    UNION ALL SELECT r.id, coalesce(u.id, (SELECT id FROM Users WHERE Name = 'Nobody'))
    FROM role r LEFT JOIN Users u ON u.Name = 'P' || to_char(r.person, 'FM00') WHERE r.name = 'Owner'
    """,
    """
    INSERT INTO GroupMembers (GroupId, MemberId, Creator, Created, LastUpdatedBy, LastUpdated)
    SELECT g, m, 1, now(), 1, now() FROM belongs;
    CREATE TEMP TABLE cached AS
    SELECT (SELECT max(id) FROM CachedGroupMembers) + row_number() OVER (ORDER BY g) AS id, g FROM (
        SELECT id + 1 AS g FROM who UNION ALL SELECT id FROM role) x;
    INSERT INTO CachedGroupMembers (id, GroupId, MemberId, Via, ImmediateParentId, Disabled)
    SELECT id, g, g, id, g, 0 FROM cached;
    SELECT setval('cachedgroupmembers_id_seq', (SELECT max(id) FROM CachedGroupMembers));
    CREATE TEMP TABLE linked AS
    SELECT nextval('cachedgroupmembers_id_seq') AS id, b.g, b.m FROM belongs b;
    INSERT INTO CachedGroupMembers (id, GroupId, MemberId, Via, ImmediateParentId, Disabled)
    SELECT id, g, m, id, g, 0 FROM linked
    """,
    """
    INSERT INTO Tickets (id, EffectiveId, Queue, Type, Owner, Subject, Status, Told, Started, Resolved,
                         LastUpdatedBy, LastUpdated, Creator, Created)
    SELECT o.n + 1, o.n + 1, q.id, 'ticket', coalesce(u.id, (SELECT id FROM Users WHERE Name = 'Nobody')), o.subject,
           o.status, o.opened, o.opened, o.resolved, 1, o.last, w.id, o.opened
    FROM one o JOIN Queues q ON q.Name = 'team' || o.team JOIN who w ON w.mail = o.mail
    LEFT JOIN Users u ON u.Name = 'P' || to_char(o.person, 'FM00');
    INSERT INTO Transactions (id, ObjectType, ObjectId, Type, Creator, Created)
    SELECT (SELECT max(id) FROM Transactions) + row_number() OVER (ORDER BY s.at), 'RT::Ticket', s.n + 1,
           CASE WHEN s.number = 0 THEN 'Create' ELSE 'Correspond' END,
           CASE WHEN s.way = 'in' THEN w.id ELSE coalesce(u.id, 1) END, s.at
    FROM said s JOIN one o ON o.n = s.n JOIN who w ON w.mail = o.mail
    LEFT JOIN Users u ON u.Name = 'P' || to_char(o.person, 'FM00');
    SELECT setval('transactions_id_seq', (SELECT max(id) FROM Transactions));
    INSERT INTO Transactions (ObjectType, ObjectId, Type, Field, OldValue, NewValue, Creator, Created)
    SELECT 'RT::Ticket', n + 1, 'Status', 'Status', 'open', status, 1, resolved FROM one WHERE resolved IS NOT NULL
    """,
    """
    CREATE TEMP TABLE matched AS
    SELECT t.id, s.n, s.number, s.at, s.text, s.file, s.filetext, t.Creator
    FROM (SELECT *, row_number() OVER (PARTITION BY n ORDER BY at, number) AS k FROM said) s
    JOIN (SELECT id, ObjectId, Creator, row_number() OVER (PARTITION BY ObjectId ORDER BY Created, id) AS k
          FROM Transactions WHERE ObjectType = 'RT::Ticket' AND Type IN ('Create', 'Correspond')) t
    ON t.ObjectId = s.n + 1 AND t.k = s.k;
    INSERT INTO Attachments (TransactionId, Parent, MessageId, Subject, ContentType, ContentEncoding, Content, Headers,
                             Creator, Created)
    SELECT m.id, 0, m.n || '.' || m.number || '@mail.example', o.subject, 'text/plain', 'none', m.text,
           E'Subject: bench\\nContent-Type: text/plain; charset="utf-8"\\nX-RT-Original-Encoding: utf-8\\n',
           m.Creator, m.at
    FROM matched m JOIN one o ON o.n = m.n ORDER BY m.id;
    INSERT INTO Attachments (TransactionId, Parent, Filename, ContentType, ContentEncoding, Content, Headers, Creator,
                             Created)
    SELECT m.id, 0, m.file, 'text/plain', 'none', m.filetext, E'Content-Type: text/plain; charset="utf-8"\\n',
           m.Creator, m.at
    FROM matched m WHERE m.file IS NOT NULL
    """,
    """
    CREATE TABLE AttachmentsIndex (id serial PRIMARY KEY, ContentIndex tsvector);
    INSERT INTO AttachmentsIndex (id, ContentIndex) SELECT id, to_tsvector(Content) FROM Attachments
    WHERE Content IS NOT NULL;
    CREATE INDEX ContentIndex_idx ON AttachmentsIndex USING gin (ContentIndex)
    """,
    """
    SELECT setval(s || '_id_seq', m) FROM (
        SELECT 'principals', max(id) FROM Principals UNION ALL SELECT 'tickets', max(id) FROM Tickets
        UNION ALL SELECT 'users', max(id) FROM Users UNION ALL SELECT 'groups', max(id) FROM Groups) AS x (s, m)
    """,
)
