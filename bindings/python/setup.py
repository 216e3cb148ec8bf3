"""Builds the wheel and the sdist; pyproject.toml says the rest.

The wheel carries libomni and the libraries that libomni needs, so that it runs
where nothing of them is installed. libomni is the file that
OMNI_PACKAGED_LIBRARY names, else it is built by Meson from the sources: those
around this folder, or those that an sdist has in `libomni`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # Before setuptools 70.1.
    from wheel.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
VARIABLE = "OMNI_PACKAGED_LIBRARY"
SOURCES = ("COPYING", "meson.build", "meson_options.txt", "include", "lib")

# What every Linux with the C library has.
GIVEN = re.compile(r"(ld-linux|linux-vdso|lib(c|dl|gcc_s|m|pthread|rt)\.so)")


def sources() -> Path:
    """The folder with libomni's own meson.build."""
    for folder in (HERE / "libomni", HERE.parents[1]):
        if all((folder / name).exists() for name in SOURCES):
            return folder
    sys.exit(
        f"There are no sources of libomni here. Set {VARIABLE} to the path"
        " of a libomni.so."
    )


def built_library(folder: Path) -> Path:
    """Build libomni without debugging aids in a folder."""
    options = ["--buildtype=release", "-Dwerror=false"]
    options += ["-Dexamples=false", "-Dtests=disabled"]
    if not (folder / "build.ninja").exists():
        subprocess.run(
            ["meson", "setup", *options, str(folder), str(sources())],
            check=True,
        )
    subprocess.run(["ninja", "-C", str(folder)], check=True)
    return folder / "lib" / "libomni.so"


def needed_libraries(library: Path) -> dict[str, Path]:
    """Name and place of what a library needs and not every Linux has."""
    out = subprocess.run(
        ["ldd", str(library)], check=True, capture_output=True, text=True
    ).stdout
    missing = re.findall(r"(\S+) => not found", out)
    if missing:
        sys.exit(f"{library} needs {', '.join(missing)}: not found")
    found = re.findall(r"(\S+) => (/\S+)", out)
    return {n: Path(p) for n, p in found if not GIVEN.match(n)}


def copy_copyright(library: Path, folder: Path) -> None:
    """Their licences want to be told, where Debian's packages tell them."""
    places = {str(library), str(library.resolve())}
    places |= {place.removeprefix("/usr") for place in places}
    if not shutil.which("dpkg"):
        return
    out = subprocess.run(
        ["dpkg", "-S", *places], capture_output=True, text=True
    ).stdout
    for package in set(re.findall(r"^([^:,\s]+)", out, re.MULTILINE)):
        told = Path("/usr/share/doc", package, "copyright")
        if told.exists():
            shutil.copyfile(told, folder / f"{package}.copyright")


class BuildWithLibrary(build_py):
    """Adds libomni and what it needs to the package."""

    def run(self) -> None:
        super().run()
        if getattr(self, "editable_mode", False):
            return
        named = os.environ.get(VARIABLE)
        folder = Path(self.get_finalized_command("build").build_temp)
        library = Path(named) if named else built_library(folder / "libomni")
        package = Path(self.build_lib) / "omni" / "_packaged"
        shutil.rmtree(package, ignore_errors=True)
        package.mkdir(parents=True)
        shutil.copyfile(library, package / "libomni.so.0")
        if shutil.which("strip"):
            strip = ["strip", "--strip-unneeded", package / "libomni.so.0"]
            subprocess.run(strip, check=True)
        for name, path in needed_libraries(library).items():
            shutil.copyfile(path, package / name)
            copy_copyright(path, package)
        for licence in (HERE / "libomni/COPYING", HERE.parents[1] / "COPYING"):
            if licence.exists():
                shutil.copyfile(licence, package / "COPYING")
                break


class PlatformWheel(bdist_wheel):
    """For any Python 3, but for one kind of machine."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


class SdistWithSources(sdist):
    """Adds the sources of libomni."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        folder = Path(base_dir) / "libomni"
        folder.mkdir()
        for name in SOURCES:
            place = sources() / name
            if place.is_dir():
                shutil.copytree(place, folder / name)
            else:
                shutil.copyfile(place, folder / name)


class PlatformDistribution(Distribution):
    """There are no extension modules, but there is a library."""

    def has_ext_modules(self) -> bool:
        return True


if __name__ == "__main__":
    setup(
        distclass=PlatformDistribution,
        cmdclass={
            "bdist_wheel": PlatformWheel,
            "build_py": BuildWithLibrary,
            "sdist": SdistWithSources,
        },
    )
