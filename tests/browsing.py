"""The page in a real browser: the service it speaks to, and what every visit watches for."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Locator, Page

LAPTOP, PHONE = (1280, 720), (390, 844)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
# The levels of WCAG 2.2 AA, and what axe calls good practice beside them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True, slots=True)
class Service:
    address: str
    library: Path


def find_chromium() -> tuple[str, list[str]]:
    """The path of Chromium, and how it starts without a screen; without Chromium, a test that needs it is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium (on Debian: apt-get install chromium)")
    return found, FLAGS


@contextmanager
def serving(library: Path) -> Iterator[Service]:
    """Runs `assistant serve` on a free port of this machine until the block ends."""
    program = "import sys; from assistant.faces.terminal import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "serve", "--index", str(library), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, f"the service did not start: {said}"
        yield Service(address[0], library)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def opened(
    browser: Browser,
    service: Service,
    size: tuple[int, int] = LAPTOP,
    language: str = "en",
    scheme: Literal["light", "dark"] = "light",
) -> Iterator[Page]:
    """A page of a new user. At the end it checks that no script failed and that the page's policy was never broken."""
    faults: list[str] = []
    own = (service.address, "blob:" + service.address)
    context = browser.new_context(
        base_url=service.address,
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message.text, message.type) else None)
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith(own) else faults.append(f"asked {request.url}"))
    try:
        yield page
    finally:
        context.close()
    assert faults == []


def _is_fault(text: str, kind: str) -> bool:
    # The browser reports each answer of 404 or 422 as an error; the page says these in words of its own.
    return kind in ("error", "warning") and not text.startswith("Failed to load resource:")


def go(page: Page, address: str) -> None:
    """Goes to an address of the page and waits for its room."""
    page.goto(address)
    page.locator("main h1").first.wait_for()


def ask(page: Page, query: str) -> Locator:
    """Asks, and waits for the outcome of that very query."""
    page.fill("#query", query)
    with page.expect_response("**/v1/ask"):
        page.press("#query", "Enter")
    outcome = page.locator("article.outcome")
    outcome.wait_for()
    page.wait_for_function("query => document.querySelector('article.outcome h2')?.textContent === query", arg=query)
    return outcome


def faults_of_access(page: Page) -> list[str]:
    """What axe finds, each with its impact, its rule and the elements concerned."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['impact']}: {one['id']}: {' | '.join(node['html'][:160] for node in one['nodes'][:3])}"
        for one in found["violations"]
    ]


def overflow(page: Page) -> int:
    """The number of pixels by which the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width
