"""The programs of examples/python run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, environment

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert list(folder.iterdir()) == [], "it left something behind"
    return done.stdout


def test_every_example_is_run_here() -> None:
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == {"analysis.py", "quickstart.py"}


def test_the_quickstart(folder: Path) -> None:
    out = run("quickstart.py", folder)
    assert "email:anna@example.org on store, web" in out
    assert "1 order, 459.90 CHF" in out
    assert "17:00 store: Order Completed" in out


def test_the_analysis(folder: Path) -> None:
    pytest.importorskip("pandas", reason="needs python3-pandas")
    if "OMNI_SAMPLE_SHOP" not in os.environ:
        pytest.skip("OMNI_SAMPLE_SHOP is not set")
    out = run("analysis.py", folder)
    assert re.search(r"\d+ records: \d+ events, \d+ retries", out)
    assert re.search(r"EUR +\d+ +\d", out)
    assert "customers bought more than once" in out
    assert "1 profile with two accounts" in out
    assert "till-3: same address" in out
    assert "byte for byte" in out
    assert "service desk" in out


def test_the_analysis_is_a_notebook() -> None:
    text = (EXAMPLES / "analysis.py").read_text(encoding="utf-8")
    cells = re.findall(r"(?m)^# %%( \[markdown\])?$", text)
    assert len(cells) > 15
    for cell in re.split(r"(?m)^# %% \[markdown\]\n", text)[1:]:
        prose = re.split(r"(?m)^# %%", cell)[0].strip().splitlines()
        assert all(line.startswith("#") for line in prose)
