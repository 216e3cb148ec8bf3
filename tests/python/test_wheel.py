"""The package as a wheel and as an sdist, made without any registry."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import omni
import pytest
from support import BINDING, ROOT

LIBRARY = os.environ.get("OMNI_LIBRARY")
QUICKSTART = ROOT / "examples" / "python" / "quickstart.py"

pytest.importorskip("build", reason="needs python3-build")
pytest.importorskip("ensurepip", reason="needs python3-venv")
pytest.importorskip("wheel", reason="needs python3-wheel")
pytestmark = [
    pytest.mark.skipif(not LIBRARY, reason="OMNI_LIBRARY is not set"),
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux"),
]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A copy of all that is needed to build, to keep the sources clean."""
    folder = Path(tempfile.mkdtemp(prefix="omni-wheel-"))
    unwanted = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    for name in ("bindings", "include", "lib"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    for name in ("COPYING", "meson.build", "meson_options.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    yield folder
    shutil.rmtree(folder)


def make(kind: str, source: Path, out: Path) -> Path:
    """A wheel or an sdist, of the library that the other tests run with."""
    run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}"]
        + ["--outdir", str(out), str(source)],
        OMNI_PACKAGED_LIBRARY=str(LIBRARY),
    )
    (made,) = out.iterdir()
    return made


def run(command: list[str], **variables: str) -> str:
    """Nothing of the surroundings may help: no path, no library."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
    done = subprocess.run(
        command,
        env={**kept, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(place: Path) -> Path:
    return make("wheel", place / "bindings" / "python", place / "wheel")


@pytest.fixture(scope="module")
def sdist(place: Path) -> Path:
    return make("sdist", place / "bindings" / "python", place / "sdist")


def test_the_wheel_is_for_any_python_on_this_machine(wheel: Path) -> None:
    version = omni.__version__
    assert wheel.name.startswith(f"omni-{version}-py3-none-linux_")
    with zipfile.ZipFile(wheel) as file:
        names = {Path(name) for name in file.namelist()}
    ours = {path.name for path in (BINDING / "omni").glob("*.py")}
    assert ours <= {p.name for p in names if p.parent == Path("omni")}
    assert Path("omni/py.typed") in names


def test_the_wheel_carries_the_library_and_its_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        inside = {
            Path(name).name
            for name in file.namelist()
            if name.startswith("omni/_packaged/")
        }
    assert {"COPYING", "libomni.so.0"} <= inside
    for part in (
        "liblmdb",
        "libsodium",
        "libutf8proc",
        "libxxhash",
        "libyajl",
    ):
        assert any(n.startswith(part) and ".so" in n for n in inside), part
        assert not shutil.which("dpkg") or any(
            n.startswith(part) and n.endswith(".copyright") for n in inside
        ), part


def test_an_installed_wheel_needs_nothing_else(
    wheel: Path, folder: Path
) -> None:
    venv = folder / "venv"
    run([sys.executable, "-m", "venv", str(venv)])
    python = str(venv / "bin" / "python")
    run([python, "-m", "pip", "install", "--no-index", "-q", str(wheel)])
    assert "459.90 CHF" in run([python, str(QUICKSTART)])
    script = (
        "import omni\n"
        "print(omni.library_path())\n"
        "for line in open('/proc/self/maps'):\n"
        "    print(line.split()[-1])\n"
    )
    library, *mapped = run([python, "-c", script]).splitlines()
    packaged = str(Path(library).parent)
    assert packaged.startswith(str(venv))
    for part in (
        "liblmdb",
        "libsodium",
        "libutf8proc",
        "libxxhash",
        "libyajl",
    ):
        found = {path for path in mapped if f"/{part}." in path}
        assert found and all(p.startswith(packaged) for p in found), part


def test_an_sdist_has_the_sources_of_the_library(
    sdist: Path, folder: Path
) -> None:
    assert sdist.name == f"omni-{omni.__version__}.tar.gz"
    with tarfile.open(sdist) as file:
        file.extractall(folder)
    (source,) = folder.iterdir()
    assert (source / "libomni" / "lib" / "api" / "store.c").exists()
    if shutil.which("meson"):
        run(
            ["meson", "setup", "-Dexamples=false", "-Dtests=disabled"]
            + [str(folder / "build"), str(source / "libomni")]
        )
    made = make("wheel", source, folder / "again")
    with zipfile.ZipFile(made) as file:
        assert "omni/_packaged/COPYING" in file.namelist()


def test_the_version_is_one_everywhere() -> None:
    meson = (ROOT / "meson.build").read_text(encoding="utf-8")
    assert f"version: '{omni.__version__}'" in meson
    assert omni.__version__ == omni.version()
