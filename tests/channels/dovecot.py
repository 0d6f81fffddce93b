"""Debian's dovecot, a real IMAP server, started for a test on 127.0.0.1 with mailboxes of its own."""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from imapclient import IMAPClient

PROGRAM = shutil.which("dovecot") or (shutil.which("dovecot", path="/usr/sbin") or "")
WITHOUT = "no IMAP server here: apt-get install dovecot-imapd"
USERS = 200
PASSWORD = "a päßword with ümlauts"

_CONFIGURATION = """
base_dir = {top}/run
state_dir = {top}/run
log_path = {top}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{mails}/%u
mail_home = {mails}/%u
{account}
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{top}/cert.pem
ssl_key = <{top}/key.pem
ssl_client_ca_file = {top}/cert.pem
imap_capability = {capability}
namespace inbox {{
  inbox = yes
  separator = /
}}
auth_failure_delay = 0
mail_fsync = never
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{more}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {top}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mails}/%u
}}
"""


@dataclass(slots=True)
class Dovecot:
    """A running server. ``authority`` is the certificate that vouches for it (PEM)."""

    top: Path
    port: int
    tls_port: int
    authority: str
    process: subprocess.Popen[bytes] | None = None
    serials: Iterator[int] = field(default_factory=lambda: iter(range(USERS)))

    def user(self) -> str:
        """Somebody with an empty mailbox."""
        return f"user-{next(self.serials)}"

    @contextlib.contextmanager
    def signed_in(self, user: str) -> Iterator[IMAPClient]:
        """The mailbox as its owner's mail program sees it."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20) as client:
            client.plain_login(user, PASSWORD)
            yield client

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Deliver these into a folder."""
        with self.signed_in(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail)

    def uids(self, user: str, folder: str = "INBOX") -> list[int]:
        with self.signed_in(user) as client:
            client.select_folder(folder, readonly=True)
            return sorted(client.search())

    def admin(self, *command: str) -> None:
        """Run doveadm."""
        done = subprocess.run(
            ["doveadm", "-c", str(self.top / "conf"), *command], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start it again after ``stop``, with the same mailboxes."""
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(self.top / "conf")], start_new_session=True)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                if line.recv(10).startswith(b"* OK"):
                    return
            assert self.process.poll() is None, (self.top / "log").read_text()
            time.sleep(0.05)
        raise AssertionError((self.top / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@contextlib.contextmanager
def dovecot(capability: str = "", mechanisms: str = "plain login", more: str = "") -> Iterator[Dovecot]:
    """A server for the time of a test or of a module of them."""
    top = Path(tempfile.mkdtemp(prefix="rb-dovecot-"))
    top.chmod(0o755)
    made = Dovecot(top, _free_port(), _free_port(), certificate(top))
    root = os.geteuid() == 0
    mails = top / "mails"
    mails.mkdir()
    uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())
    os.chown(mails, uid, gid)
    # all of them at once: the server looks whether the file is newer, in whole seconds
    (top / "users").write_text("".join(f"user-{n}:{PASSWORD}\n" for n in range(USERS)))
    me = getpass.getuser()
    account = "first_valid_uid = 1" if root else f"default_internal_user = {me}\ndefault_login_user = {me}"
    (top / "conf").write_text(
        _CONFIGURATION.format(
            top=top,
            mails=mails,
            account=account,
            uid=uid,
            gid=gid,
            port=made.port,
            tls_port=made.tls_port,
            capability=capability,
            mechanisms=mechanisms,
            more=more,
        )
    )
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(top, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


OURS = (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost"))


def certificate(top: Path, names: Sequence[x509.GeneralName] = OURS, until: timedelta = timedelta(days=2)) -> str:
    """A certificate for 127.0.0.1, or for these names, that vouches for itself; gives it as PEM.

    It lies in the folder as cert.pem, its key as key.pem. It counts from ten days ago until ``until`` from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()  # in the name too: of two authorities of one name the first is believed
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Muster Mail {serial}"[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    (top / "cert.pem").write_text(text)
    (top / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return text
