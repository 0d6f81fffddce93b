"""The installation's folder, its settings and its secret key."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rundblick.core import home
from rundblick.core.home import HomeError, Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = home.home({"RUNDBLICK_HOME": str(tmp_path / "a" / "b")})
    assert folder == tmp_path / "a" / "b"
    assert mode(folder) == 0o700


def test_a_home_that_others_can_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    home.home({"RUNDBLICK_HOME": str(tmp_path)})
    assert mode(tmp_path) & 0o067 == 0


def test_a_home_that_cannot_be_made_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match=r"file.* cannot be used.*RUNDBLICK_HOME"):
        home.home({"RUNDBLICK_HOME": str(tmp_path / "file" / "home")})


def test_a_checkout_keeps_its_data_in_itself() -> None:
    top = home.checkout()
    assert top is not None
    assert home.default_home({}) == top / ".rundblick"


@pytest.mark.skipif(os.geteuid() == 0, reason="root has a place of its own")
def test_an_installed_program_keeps_its_data_where_the_platform_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "checkout", lambda: None)
    monkeypatch.setattr("sys.platform", "linux")
    assert home.default_home({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "rundblick"


def test_without_a_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    assert home.settings(tmp_path, {}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'language = "en"\nweb_threads = 8\nsample = false\nallowed_hosts = ["a.example"]\n'
    )
    read = home.settings(tmp_path, {"RUNDBLICK_WEB_THREADS": "2", "RUNDBLICK_ALLOWED_HOSTS": "b.example, c.example"})
    assert (read.language, read.web_threads, read.sample) == ("en", 2, False)
    assert read.allowed_hosts == ("b.example", "c.example")


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('# mine\nlanguage = "en"\n\nlangauge = "de"\n')
    with pytest.raises(HomeError, match=r'settings.toml, line 4: unknown setting "langauge"'):
        home.settings(tmp_path, {})


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('web_threads = "many"\nsample = 1\n[mail]\nhost = "x"\n')
    with pytest.raises(HomeError) as caught:
        home.settings(tmp_path, {"RUNDBLICK_DEBUG": "perhaps", "RUNDBLICK_LANGUAGE": "fr"})
    text = str(caught.value)
    assert "line 1" in text and "line 2" in text and 'line 3: unknown setting "mail"' in text
    assert "RUNDBLICK_DEBUG must be true or false" in text and "de, en" in text


def test_a_door_takes_no_mail_that_nobody_could_read(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="from 1 to 90, not 300"):
        home.settings(tmp_path, {"RUNDBLICK_DOOR_MEGABYTES": "300"})
    assert home.settings(tmp_path, {"RUNDBLICK_DOOR_MEGABYTES": "90"}).door_megabytes == 90


def test_a_broken_file_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("language = \n")
    with pytest.raises(HomeError, match=r"settings\.toml.*line 1"):
        home.settings(tmp_path, {})


def test_a_misspelt_variable_is_noticed() -> None:
    names = home.unknown_variables(
        {"RUNDBLICK_HOME": "/x", "RUNDBLICK_ADRESS": "x", "RUNDBLICK_SAMPLE": "0", "HOME": "/"}
    )
    assert names == ["RUNDBLICK_ADRESS"]


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = home.secret_key(tmp_path, {})
    assert len(first) >= 32
    assert home.secret_key(tmp_path, {}) == first
    assert mode(tmp_path / "secret.key") == 0o600


def test_processes_that_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: home.secret_file(tmp_path / "key"), range(32)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    home.secret_key(tmp_path, {})
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(HomeError, match="chmod 600"):
        home.secret_key(tmp_path, {})


def test_a_key_of_the_environment_comes_first_and_must_be_long(tmp_path: Path) -> None:
    assert home.secret_key(tmp_path, {"RUNDBLICK_SECRET_KEY": "k" * 40}) == "k" * 40
    with pytest.raises(HomeError, match="32 characters"):
        home.secret_key(tmp_path, {"RUNDBLICK_SECRET_KEY": "short"})


def test_the_desk_answers_to_its_own_names_only() -> None:
    read = Settings(address="[::1]:8000", public_url="https://desk.muster.example/x", allowed_hosts=("b.example",))
    assert home.hosts(read) == ["127.0.0.1", "[::1]", "b.example", "desk.muster.example", "localhost"]
    assert home.origins(read) == ["https://desk.muster.example"]
    assert home.origins(Settings()) == []
