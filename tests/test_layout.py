"""Who may import whom: every contract holds, and each is seen to fail on a broken copy.

And what is installed: the right packages, and all that they read.
"""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["importlinter"]["root_packages"]
CONTRACTS = {contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

BREACHES = {
    "layers": ("services/breach.py", "import resolvers"),
    "execution": ("execution/breach.py", "import db"),
    "selection": ("resolvers/breach.py", "import execution.look_ahead"),
    "sandbox-alone": ("sandbox/breach.py", "import services"),
    "sandbox-by-url": ("server/breach.py", "import sandbox"),
    "settings": ("server/settings.py", "import sqlalchemy"),
    "stripe": ("services/breach.py", "import stripe"),
    "strawberry": ("resolvers/breach.py", "from strawberry import relay"),
}


def lint(directory: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [f"--contract={contract}" for contract in contracts]
    return subprocess.run(  # noqa: S603 - the linter of this environment
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *chosen],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", directory)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return directory


def test_every_contract_holds() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout


def test_every_contract_is_seen_to_fail() -> None:
    assert set(BREACHES) == CONTRACTS


@pytest.mark.parametrize("contract", sorted(BREACHES))
def test_a_breach_is_found(copy: Path, contract: str) -> None:
    name, line = BREACHES[contract]
    path = copy / name
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}{line}\n")
    try:
        found = lint(copy, contract)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert found.returncode == 1
    assert "1 broken" in found.stdout


def test_a_plain_selection_may_be_imported(copy: Path) -> None:
    (copy / "services/reader.py").write_text("from execution.selection import Selection\n")
    try:
        assert lint(copy, "selection").returncode == 0
    finally:
        (copy / "services/reader.py").unlink()


def test_nothing_installed_bears_the_name_of_one_of_our_packages() -> None:
    """PyPI has packages called `schema`, `server`, `db`: installed, one would hide ours."""
    installed = {(found.metadata["Name"] or "").lower() for found in distributions()}
    assert installed.isdisjoint(PACKAGES)


def test_our_packages_are_found_first() -> None:
    for package in PACKAGES:
        origin = __import__(package).__file__
        assert origin is not None
        assert Path(origin).parent == ROOT / package


def test_a_wheel_holds_what_the_program_reads(copy: Path) -> None:
    for name in ("README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy)
    pages = [f"{web}/dist/{file}" for web in ("ide", "portal") for file in ("index.html", "a.js")]
    for page in pages:
        (copy / page).parent.mkdir(parents=True, exist_ok=True)
        (copy / page).write_text("built")
    build = "from hatchling.build import build_wheel; print(build_wheel('.'))"
    built = subprocess.run(  # noqa: S603 - the Python of this environment
        [sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=True
    )
    held = set(zipfile.ZipFile(copy / built.stdout.split()[-1]).namelist())
    ours = [path for package in PACKAGES for path in (copy / package).rglob("*") if path.is_file()]
    assert {str(path.relative_to(copy)) for path in ours} | set(pages) <= held


def test_the_lock_holds_every_dependency_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {requirement.split(">")[0].split("[")[0].split("<")[0] for requirement in wanted}
    assert names <= locked
    assert "://" not in lock
    assert "--index" not in lock
