"""Links between the pages, and to files, lead somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "sandbox" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w\- ]", "", text).lower().replace(" ", "-") for text in headings}


def leads_somewhere(page: Path, path: str, fragment: str) -> bool:
    """Whether the file is there and, in a page, the heading."""
    target = page.parent / path if path else page
    return target.exists() and (not fragment or fragment in anchors(target))


def test_every_link_leads_somewhere() -> None:
    links = [(page, *link) for page in PAGES for link in LINK.findall(page.read_text())]
    assert len(links) > len(PAGES), "links were found"
    broken = [
        f"{page.relative_to(ROOT)}: {path}#{fragment}"
        for page, path, fragment in links
        if not leads_somewhere(page, path, fragment)
    ]
    assert broken == []
