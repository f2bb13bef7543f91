import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.conftest import ROOT, SEED, clean_environment

from calibaja_api import __version__
from calibaja_api.publishing import draft

pytestmark = pytest.mark.slow


def run(*arguments: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    done = run("-m", "hatchling", "build", "-t", "wheel", "-d", target, folder=ROOT)
    assert done.returncode == 0, done.stderr
    (built,) = target.iterdir()
    return built


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & set(path.parts)
    }


def test_the_wheel_is_of_this_version(wheel: Path) -> None:
    assert wheel.name == f"calibaja_api-{__version__}-py3-none-any.whl"


@pytest.mark.parametrize("folder", ["seed", "migrations"])
def test_seed_and_migrations_travel_in_the_wheel(wheel: Path, folder: str) -> None:
    inside = f"calibaja_api/_packaged/{folder}/"
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(inside): archive.read(name) for name in archive.namelist() if name.startswith(inside)
        }
    assert packed == files_of(ROOT / folder)


def test_the_wheel_holds_the_package_its_licences_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if "/_packaged/" not in name}
    information = f"calibaja_api-{__version__}.dist-info"
    package = {f"calibaja_api/{name}" for name in files_of(ROOT / "src" / "calibaja_api")}
    assert package <= names
    for name in ("METADATA", "entry_points.txt", "licenses/LICENSE", "licenses/LICENSE-DATA"):
        assert f"{information}/{name}" in names
    assert {name for name in names - package if not name.startswith(information)} == set()


def test_an_installed_program_publishes_the_seed_that_came_with_it(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    options = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--target", site)
    done = run("-m", "pip", "install", *options, wheel, folder=empty)
    assert done.returncode == 0, done.stderr
    # Changed, so that what is found in the checkout would have another version.
    dataset = site / "calibaja_api" / "_packaged" / "seed" / "dataset.yaml"
    changed = dataset.read_text(encoding="utf-8").replace("Cali-Baja facts", "Installed facts")
    dataset.write_text(changed, encoding="utf-8")
    version = draft(dataset.parent).version
    assert version != draft(SEED).version
    done = run("-m", "calibaja_api", "publish", "--check", folder=empty, PYTHONPATH=str(site))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith(f"{version}: ")
    url = f"sqlite:///{tmp_path / 'facts.sqlite3'}"
    done = run("-m", "calibaja_api", "publish", "--database", url, folder=empty, PYTHONPATH=str(site))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert not list(empty.iterdir())
