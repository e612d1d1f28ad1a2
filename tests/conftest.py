"""What tests share."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Service, find_chromium, opened, serving
from playwright.sync_api import Browser, Page, sync_playwright
from skips import pytest_terminal_summary
from starters import build_starter

from assistant.answering import Assistant
from assistant.embedding import OnnxEmbedder, export_name, load_embedder
from assistant.embedding.model import is_outdated
from assistant.settings import Settings

__all__ = ["pytest_terminal_summary"]  # a hook of every run

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (absent)")
    return SHARED


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings as a user has them: the packaged model, exported once to the user's cache, in a process of its own."""
    settings = Settings()
    folder = settings.model_cache / export_name(settings.model)
    if not (folder / "manifest.json").exists() or is_outdated(folder):
        program = "from assistant.embedding import load_embedder as l; from assistant.settings import Settings as S; "
        program += "l(S().model, S().model_cache)"
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=600)
    return settings


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> OnnxEmbedder:
    """The packaged model as queries use it; torch is not imported here."""
    return load_embedder(settings.model, settings.model_cache)


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder, settings: Settings) -> Assistant:
    """An assistant over a part of the starter library."""
    return build_starter(tmp_path_factory.mktemp("starter"), embedder, settings)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, starter: Assistant) -> Iterator[Service]:
    """The real service in a process of its own, over a copy of the starter library."""
    folder = tmp_path_factory.mktemp("served") / "library"
    shutil.copytree(starter.library.folder, folder)
    with serving(folder) as service:
        yield service


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    chromium, flags = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Page]:
    """A page of a new user, in English on a small laptop; it fails where a script or the page's policy complained."""
    with opened(browser, service) as page:
        yield page


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew, to be reviewed like code")


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written instead of compared."""
    return bool(request.config.getoption("--regenerate"))
