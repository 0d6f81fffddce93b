"""Every command through the real entry point: help with an example, in both languages, and errors for people."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from rundblick.cli import addresses, main
from rundblick.cli.starting import CommandError, terminal_language
from rundblick.core.home import Settings
from tests.installations import TOP, Installation

COMMANDS = [module.__name__.rpartition(".")[2].rstrip("_").replace("_", "-") for module in main.command_modules()]


def test_the_commands_that_everybody_knows_are_there() -> None:
    assert {"run", "serve", "worker", "live", "migrate", "backup", "restore", "admin-link"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--lang", "en", command, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Example:" in text and f"rundblick {command}" in text


def test_help_is_german_where_the_terminal_is_or_one_asks_for_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_AT.UTF-8")
    with pytest.raises(SystemExit):
        main.main(["--help"])
    assert "Beispiel:" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main.main(["--lang=en", "--help"])
    assert "Example:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_MESSAGES": "de_CH", "LANG": "en_US.UTF-8"}, "de"),
        ({"LC_ALL": "", "LANG": "fr_FR"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_follows_the_terminal(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


def test_the_installed_command_runs(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    done = subprocess.run(
        [str(TOP / ".venv" / "bin" / "rundblick"), "--version"], env=made.environment, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.startswith("Rundblick ")


def test_an_error_of_a_person_is_a_sentence_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('adress = "x"\n')
    done = Installation(tmp_path).run("migrate")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert 'line 1: unknown setting "adress"' in done.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("migrate", RUNDBLICK_DATABASE_URL="postgresql://me:geheim@127.0.0.1:1/none")
    assert done.returncode == 2
    assert "does not answer" in done.stderr and "geheim" not in done.stderr and "Traceback" not in done.stderr


def test_the_first_free_port_is_taken_and_the_live_process_gets_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert addresses._free("127.0.0.1", taken).port > taken
    desk, live = addresses.choose(Settings(address="127.0.0.1"))
    assert desk.port >= 8000 and live.port > desk.port


@pytest.mark.parametrize("text", ["127.0.0.1:port", "127.0.0.1:99999", "http://127.0.0.1:8000", "a/b"])
def test_an_address_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(CommandError, match="RUNDBLICK_ADDRESS must look like"):
        addresses.parse(text, "RUNDBLICK_ADDRESS")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("localhost", "localhost", None),
        (":9000", "127.0.0.1", 9000),
        ("[::1]:80", "::1", 80),
    ],
)
def test_an_address_is_host_and_port(text: str, host: str, port: int | None) -> None:
    assert addresses.parse(text, "X") == (host, port)


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(CommandError, match=r"has no address 192\.0\.2\.1"):
        addresses.is_free("192.0.2.1", 8000)


def test_a_mapping_is_proposed_on_the_terminal_or_into_a_new_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kunden.csv").write_text("Kundennr;Nachname;E-Mail\n4711;Muster;erika@example.de\n")
    assert main.main(["map", str(tmp_path)]) == 0
    proposal = capsys.readouterr().out
    assert 'name = "kunden.csv"' in proposal and "guessed = true" in proposal
    target = tmp_path / "out" / "rundblick.toml"
    target.parent.mkdir()
    assert main.main(["map", str(tmp_path), "--out", str(target)]) == 0
    assert 'name = "kunden.csv"' in target.read_text()
    assert main.main(["map", str(tmp_path), "--out", str(target)]) == 2
    assert main.main(["map", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
