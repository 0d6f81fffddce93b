"""A desk with the sample company and a browser before it, for whoever measures or shows pages as people see them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PASSWORD = "rundblick-sample"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"]
PORT = 8790
_WAIT_S = 600


@contextlib.contextmanager
def desk(address: str) -> Iterator[str]:
    """The address of a desk: the given one that runs already, else one of its own, gone afterwards."""
    if address:
        yield address.rstrip("/")
        return
    home = Path(tempfile.mkdtemp(prefix="rundblick-shown-"))
    home.chmod(0o711)  # the database's account passes through
    settings = {"RUNDBLICK_HOME": str(home / "home"), "RUNDBLICK_ADDRESS": f"127.0.0.1:{PORT}"}
    own = {name: value for name, value in os.environ.items() if not name.startswith("RUNDBLICK_")}
    command = [sys.executable, "-m", "rundblick.cli.main", "--lang", "en", "run"]
    log = home / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(command, env={**own, **settings}, stdout=output, stderr=output)
    try:
        end = time.monotonic() + _WAIT_S
        while b"is open at" not in log.read_bytes():
            if running.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The desk did not start:\n{log.read_text()}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{PORT}"
    finally:
        running.terminate()
        running.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Stops where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield opened
        opened.close()


def sign_in(page: Page, address: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("#id_email", email)
    page.fill("#id_password", password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")
