"""Lines of shell blocks that are shown and not run: (page, line, why).

`*` is any page. A line that no page has any more must go from here.
"""

INSTALLS = "installs packages, builds and runs for minutes; CI runs it"
BUILDS = "the build that runs this test was made so"

NOT_RUN = [
    ("README.md", "examples/quickstart.sh", INSTALLS),
    ("README.md", "tests/run.sh", INSTALLS),
    ("docs/guide/python.md", "pip install ./bindings/python", INSTALLS),
    ("docs/guide/python.md", "export OMNI_LIBRARY=$PWD/build/lib/libomni.so",
     "the environment of the tests names it"),
]
