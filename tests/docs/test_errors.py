"""docs/errors.md has every status and every code of the headers."""

import ctypes
import os
import re
import unittest

import pages

PAGE = pages.read("docs/errors.md")
LIBRARY = os.environ.get("OMNI_LIBRARY")

# Anchors that documents and messages may link to: none may ever go.
PERMANENT = """
omni_ok omni_not_found omni_end omni_unchanged omni_err_argument
omni_err_no_memory omni_err_io omni_err_full omni_err_busy omni_err_corrupt
omni_err_version omni_err_syntax omni_err_limit omni_err_read_only
omni_err_conflict omni_err_not_store bad_json bad_event bad_time no_identifier
blocked over_limit bad_row future_time dropped_identifier
""".split()


def values(header, name):
    """(name, number) of each member of an enum."""
    text = pages.read(f"include/omni/{header}.h")
    body = re.search(rf"enum {name} {{(.*?)}}", text, re.DOTALL)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
    return [(found[0], int(found[1]))
            for found in re.findall(r"(OMNI_\w+)\s*=\s*(-?\d+)", body)]


def section(title):
    """What stands below a heading of the third level, or None."""
    found = re.search(rf"^### {title}\n+(.*?)(?=^##|\Z)", PAGE,
                      re.MULTILINE | re.DOTALL)
    return found and found[1]


@unittest.skipUnless(LIBRARY, "OMNI_LIBRARY is not set")
class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        library = ctypes.CDLL(LIBRARY)
        cls.status_name = library.omni_status_name
        cls.refused_name = library.omni_refused_name
        cls.status_name.restype = ctypes.c_char_p
        cls.refused_name.restype = ctypes.c_char_p

    def test_every_status_has_its_section_with_number_and_words(self):
        found = values("status", "omni_status")
        self.assertGreater(len(found), 15)
        for name, number in found:
            text = section(name)
            self.assertIsNotNone(text, f"no section {name}")
            words = self.status_name(number).decode()
            self.assertTrue(text.startswith(f'{number}, "{words}".'),
                            f"{name} begins with {text.splitlines()[0]}")

    def test_every_refused_code_has_its_section_and_row(self):
        found = values("event", "omni_refused_code")
        self.assertGreater(len(found), 8)
        for name, number in found:
            word = self.refused_name(number).decode()
            if number == 0:
                self.assertIn(f"`{name}`", PAGE)
                continue
            text = section(word)
            self.assertIsNotNone(text, f"no section {word} for {name}")
            self.assertTrue(text.startswith(f"{number}. "), name)
            taken = "yes" if number >= 100 else "no"
            self.assertIn(f"| {number} | [{word}](#{word}) | {taken} |", PAGE)

    def test_every_fault_names_its_exception(self):
        import omni
        for name, number in values("status", "omni_status"):
            if number < 0:
                named = re.search(r"Python: `omni\.(\w+)`", section(name))
                self.assertIsNotNone(named, name)
                self.assertTrue(hasattr(omni, named[1]), named[1])

    def test_anchors_are_permanent(self):
        there = set(pages.anchors(PAGE))
        self.assertEqual([a for a in PERMANENT if a not in there], [])
        named = [name.lower() for name, _ in values("status", "omni_status")]
        self.assertEqual([a for a in named if a not in PERMANENT], [])


if __name__ == "__main__":
    unittest.main()
