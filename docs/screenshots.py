"""Write the pictures of the README: pair page, report, and explorer where the site has one. Needs Chromium.

python docs/screenshots.py WAREHOUSE [--site FOLDER]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from llmpairs.flows.commands.compare import format_page, read_page
from llmpairs.flows.commands.report import find_last_run
from llmpairs.warehouse.store import open_store

PICTURES = Path(__file__).parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PAIR = ("claude-sonnet-4.5", "gpt-5")
EXPLORER = "explore/index.html"
SIZE = "1000,640"
MAX_BYTES = 150_000


def find_browser() -> str:
    """Path of an installed browser; exits where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit(f"screenshots: no browser found; install one of {', '.join(BROWSERS)}")
    return found


def list_pages(warehouse: str, site: Path | None, folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and HTML file of each picture; the files that are made lie in `folder`."""
    pair = folder / "pair.html"
    pair.write_text(format_page(read_page(warehouse, None, *PAIR), "html"), encoding="utf-8")
    yield "pair", pair
    store = open_store(warehouse)
    report = folder / "report.html"
    report.write_bytes(store.read_bytes(f"runs/{find_last_run(store)}/report.html"))
    yield "report", report
    if site is not None and (site / EXPLORER).exists():
        yield "explorer", site.absolute() / EXPLORER


def take_picture(browser: str, page: Path, picture: Path) -> None:
    """Write the first screen of a page; exits if the file is too large for a README."""
    with tempfile.TemporaryDirectory(prefix="llmpairs-browser-") as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}",
                   f"--user-data-dir={profile}", f"--screenshot={picture}", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    size = picture.stat().st_size
    if size > MAX_BYTES:
        sys.exit(f"screenshots: {picture.name} has {size:,} bytes, more than {MAX_BYTES:,}; choose a smaller SIZE")
    print(f"{picture}: {size:,} bytes")


def main() -> None:
    """Write every picture that the warehouse and the site have a page for."""
    parser = argparse.ArgumentParser(description="Write the pictures of the README.")
    parser.add_argument("warehouse", help="Folder or s3:// URI with a release that has both models.")
    parser.add_argument("--site", type=Path, help="Folder of an exported site, for the explorer.")
    options = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="llmpairs-pages-") as folder:
        for name, page in list_pages(options.warehouse, options.site, Path(folder)):
            take_picture(browser, page, PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
