"""Links between pages lead somewhere."""

import re
import unittest

import pages

OUTSIDE = re.compile(r"[a-z]+:")


def broken(page, text):
    """Links of a page that lead nowhere."""
    here = (pages.ROOT / page).parent
    for line, target in pages.links(text):
        if OUTSIDE.match(target):
            continue
        path, _, fragment = target.partition("#")
        there = (here / path).resolve() if path else pages.ROOT / page
        if not there.exists() or not there.is_relative_to(pages.ROOT):
            yield f"{page}:{line}: {target} is not there"
        elif fragment:
            other = text if not path else there.read_text(encoding="utf-8")
            if fragment not in pages.anchors(other):
                yield f"{page}:{line}: {target} has no such heading"


class Links(unittest.TestCase):
    def test_links_lead_to_files_and_headings(self):
        found = [line for page in pages.every_page()
                 for line in broken(page, pages.read(page))]
        self.assertEqual(found, [], "\n".join(found))

    def test_broken_links_are_found(self):
        for text in ("[a](nothing.md)", "[a](#nothing)\n\n# Something",
                     "[a](README.md#nothing)", "[a](../README.md)"):
            self.assertTrue(list(broken("README.md", text)), text)

    def test_sound_links_are_not_found(self):
        for text in ("[a](docs/architecture.md)", "[a](#b-c)\n\n## `b` c!",
                     "[a](mailto:anna@example.ch)", "`[a](b)`",
                     "```\n[a](b)\n```"):
            self.assertEqual(list(broken("README.md", text)), [], text)

    def test_every_page_of_the_guide_is_in_the_index(self):
        index = pages.ROOT / "docs" / "README.md"
        named = {(index.parent / target.partition("#")[0]).resolve()
                 for _, target in pages.links(index.read_text("utf-8"))}
        missing = [page for page in pages.every_page()
                   if page.startswith("docs/") and page != "docs/README.md"
                   and (pages.ROOT / page).resolve() not in named]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
