"""Lines of shell blocks that are shown and not run: (page, line, why).

The page `*` is any page, the line `*` every line of a page. An entry that lets
nothing be any more must go from here.
"""

INSTALLS = "installs packages or builds for minutes; CI runs it"
BUILT = "the build that runs this test was made so"
GIVEN = "the environment of the tests is what this gives"

NOT_RUN = [
    ("README.md", "examples/quickstart.sh", "the test `examples` runs it"),
    ("README.md", "tests/run.sh", INSTALLS),
    ("docs/guide/getting-started.md", "tests/support/install.sh build",
     INSTALLS),
    ("docs/guide/getting-started.md", "meson setup build", BUILT),
    ("docs/guide/getting-started.md", "meson compile -C build", BUILT),
    ("docs/guide/getting-started.md",
     'eval "$(meson devenv -C build --dump)"', GIVEN),
    ("docs/hacking.md", "*", "builds, and runs the tests, these included"),
    ("docs/platforms.md", "*", "cross compilers and emulation: half an hour"),
    ("docs/guide/python.md",
     "pip install --no-build-isolation ./bindings/python", INSTALLS),
    ("docs/guide/python.md",
     "python3 -m venv --system-site-packages ~/omni-python", INSTALLS),
    ("docs/guide/python.md", ". ~/omni-python/bin/activate", INSTALLS),
    ("docs/guide/python.md", "export OMNI_LIBRARY=$PWD/build/lib/libomni.so"
     " PYTHONPATH=$PWD/bindings/python",
     GIVEN),
]
