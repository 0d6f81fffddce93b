"""What the pages load is built from a lock, holds what they name, and says plainly when it cannot be built."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rundblick.desk import assets

DESK = Path(assets.__file__).parent
ICON_IN_TEMPLATE = re.compile(r'{% icon "([\w-]+)"')
ICON_LIKE = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')


def templates() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(DESK.glob("templates/**/*.html")))


def test_the_lock_names_versions_and_hashes_and_no_addresses() -> None:
    lock = json.loads((assets.SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["version"] and entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_every_icon_that_a_template_shows_is_in_the_sprite() -> None:
    assert set(ICON_IN_TEMPLATE.findall(templates())) <= set(assets.icon_names())


def test_the_sprite_holds_no_icon_that_nothing_shows() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DESK.rglob("*.py")))
    assert set(assets.icon_names()) <= set(ICON_LIKE.findall(code + templates()))


def test_no_page_loads_anything_from_elsewhere_or_holds_style_or_script() -> None:
    for path in sorted(DESK.glob("templates/**/*.html")):
        if path.name == "frame.html":  # stands in a sandbox under a policy of its own
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text), path


def test_a_sprite_is_made_of_the_named_icons(tmp_path: Path) -> None:
    folder = tmp_path / "outline"
    folder.mkdir()
    (folder / "mail.svg").write_text(
        '<svg\n  stroke="currentColor">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n'
        '  <path d="M3 7l9 6" />\n</svg>',
        encoding="utf-8",
    )
    made = assets.sprite(tmp_path, ["mail"])
    assert '<symbol id="mail" viewBox="0 0 24 24"><path d="M3 7l9 6" /></symbol>' in made
    assert "M0 0h24v24H0z" not in made


def test_an_icon_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsError, match=r"no icon 'unicorn'.*icons\.txt"):
        assets.sprite(tmp_path, ["unicorn"])


def test_a_second_build_has_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / assets.STAMP).write_text(assets.stamp(), encoding="utf-8")
    (tmp_path / assets.FULL).write_text(".no-page-names-this{x:1}", encoding="utf-8")

    def never(*_: object, **__: object) -> Path:
        raise AssertionError("npm was asked")

    monkeypatch.setattr(assets, "install_packages", never)
    assert assets.build(vendor) is True  # what the pages use is looked for again, without npm
    assert (vendor / "tabler.min.css").read_text(encoding="utf-8") == ""
    assert assets.build(vendor) is False


def _without_npm_and_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> object:
        return type("Done", (), {"returncode": 1, "stderr": "ERROR: no matching distribution", "stdout": ""})()

    monkeypatch.setattr("rundblick.desk.assets.shutil.which", lambda _name: None)
    monkeypatch.setattr("rundblick.desk.assets.subprocess.run", fails)


def test_without_a_network_the_build_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_npm_and_registry(monkeypatch)
    with pytest.raises(assets.AssetsError, match="Install Node 20 or newer, or connect this machine"):
        assets.build(tmp_path / "static" / "vendor")
    assert list((tmp_path / "static").iterdir()) == []


def test_the_command_ends_with_1_and_the_cause(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _without_npm_and_registry(monkeypatch)
    assert assets.main(["--tests", str(tmp_path / "axe")]) == 1
    assert "npm is not installed" in capsys.readouterr().err
