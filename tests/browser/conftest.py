"""A site of a real release, served on loopback, and chromium to open it with."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from llmpairs.site.serve import create_server, format_address

WAREHOUSE = "LLMPAIRS_BROWSER_WAREHOUSE"
"""A warehouse to make the site from; default: a demo run."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MODELS = "12"
"""Most offered models whose 66 pairs have a whole page."""
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

COMPLETE = """() => {
  const [form, status, filters] = ["cost-form", "status", "filters"].map((id) => document.getElementById(id));
  const isExplained = status && !status.hidden && !status.textContent.startsWith("Loading");
  return document.readyState === "complete" && (isExplained || ![form, filters].some((each) => each?.hidden));
}"""
"""Whether calculator, explorer or an explanation is shown, where the page has one."""


@dataclass(frozen=True)
class Site:
    """A served site."""

    folder: Path
    address: str
    warehouse: str

    def list_pages(self, pattern: str) -> list[str]:
        """Addresses of pages that are no redirects, in alphabetical order."""
        found = sorted(self.folder.glob(pattern))
        return [str(path.relative_to(self.folder)) for path in found if "http-equiv" not in path.read_text("utf-8")]


@dataclass
class Visit:
    """An open page, and what went wrong on it."""

    page: Page
    site: Site
    errors: list[str] = field(default_factory=list)

    def open(self, name: str) -> Page:
        """Open a page of the site and wait until its scripts have made it complete."""
        self.page.goto(f"{self.site.address}{name}")
        self.page.wait_for_function(COMPLETE)
        return self.page


def run_llmpairs(*arguments: str) -> str:
    """Output of a command."""
    command = [str(Path(sys.executable).with_name("llmpairs")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    warehouse = os.environ.get(WAREHOUSE) or str(folder / "data")
    commands = [] if WAREHOUSE in os.environ else [["demo", "--warehouse", warehouse]]
    commands.append(["export", "site", "--out", str(folder / "site"), "--models", MODELS, "--warehouse", warehouse])
    for command in commands:
        run_llmpairs(*command)
    server = create_server(folder / "site", 0)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Site(folder / "site", format_address(server), warehouse)
    server.shutdown()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser: install one of {', '.join(BROWSERS)}")
    found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])  # CI is root
    yield found
    found.close()


@pytest.fixture(params=["desktop"])
def visit(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Visit]:
    """A page of its own; the test fails on a console error and on any request that leaves the site.

    Indirect parameters: desktop or phone, and light or dark after a space.
    """
    size, _, scheme = str(request.param).partition(" ")
    context = browser.new_context(
        viewport=PHONE if size == "phone" else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=size == "phone",
    )
    page = context.new_page()
    found = Visit(page, site)
    page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on(
        "request", lambda sent: None if sent.url.startswith((site.address, "data:")) else found.errors.append(sent.url)
    )
    yield found
    context.close()
    assert found.errors == []
