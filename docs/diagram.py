"""Draws `docs/architecture.svg` from the imports between the packages: `python docs/diagram.py [--check]`."""

import argparse
import ast
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
BOXES = {
    "flows": (380, 20, "order, retries, commands"),
    "spiders": (20, 150, "pages to typed claims, WARC"),
    "expectations": (260, 150, "checks, quality gate"),
    "llmpairs": (500, 150, "pages, report, site, exports, API"),
    "transforms": (740, 150, "claims to tables, pairs"),
    "warehouse": (380, 290, "contracts, Parquet, releases, SQL"),
}
"""Left and top edge of each package, and what it holds."""
WIDTH, HEIGHT = 200, 64


def find_imports() -> set[tuple[str, str]]:
    """Which package imports which other one."""
    edges: set[tuple[str, str]] = set()
    for package in BOXES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if package == "llmpairs" and path.relative_to(ROOT).parts[1] in BOXES:
                continue  # a link to another package
            targets = {target for name in list_imported(path) if (target := package_of(name))}
            edges |= {(package, target) for target in targets - {package}}
    return edges


def list_imported(path: Path) -> list[str]:
    """Dotted names that a module imports from the product."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name.split(".")[0] == "llmpairs"]


def package_of(name: str) -> str:
    """The package of a dotted name."""
    part = name.split(".")[1] if "." in name else "llmpairs"
    return part if part in BOXES else "llmpairs"


def draw(edges: set[tuple[str, str]]) -> str:
    """The picture as SVG: a box for each package, an arrow for each direction of imports."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 374" role="img" font-family="sans-serif">',
        "<title>Packages of llmpairs; an arrow points to what is imported</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
        '<rect width="960" height="374" fill="#fff"/>',
    ]
    parts += [draw_arrow(source, target) for source, target in sorted(edges)]
    for name, (x, y, about) in BOXES.items():
        middle = x + WIDTH // 2
        parts += [
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#eef2fb" stroke="#335"/>',
            f'<text x="{middle}" y="{y + 27}" text-anchor="middle" font-size="16" font-weight="bold">{name}/</text>',
            f'<text x="{middle}" y="{y + 48}" text-anchor="middle" font-size="11.5">{escape(about)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def draw_arrow(source: str, target: str) -> str:
    """A line from the lower edge of one box to the upper edge of another, or between neighbours in a row."""
    (x1, y1, _), (x2, y2, _) = BOXES[source], BOXES[target]
    if y1 == y2:
        start, end = (x1 + WIDTH, y1 + HEIGHT // 2), (x2, y2 + HEIGHT // 2)
    else:
        start, end = (x1 + WIDTH // 2, y1 + HEIGHT), (x2 + WIDTH // 2, y2)
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#667" marker-end="url(#tip)"/>'


def main() -> int:
    """Write the picture, or say whether the file is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when the file differs")
    text = draw(find_imports())
    if parser.parse_args().check:
        return int(not PICTURE.exists() or PICTURE.read_text("utf-8") != text)
    PICTURE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
