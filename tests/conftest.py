"""What tests share."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.embedding import OnnxEmbedder, load_embedder
from assistant.embedding.model import is_outdated
from assistant.settings import Settings

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder of public data (../shared/data) is not here")
    return SHARED


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings as a user has them: the packaged model, exported once to the user's cache, in a process of its own."""
    settings = Settings()
    folder = settings.model_cache / settings.model
    if not (folder / "manifest.json").exists() or is_outdated(folder):
        program = "from assistant.embedding import load_embedder as l; from assistant.settings import Settings as S; "
        program += "l(S().model, S().model_cache)"
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=600)
    return settings


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> OnnxEmbedder:
    """The packaged model as queries use it; torch is not imported here."""
    return load_embedder(settings.model, settings.model_cache)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew, to be reviewed like code")


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written instead of compared."""
    return bool(request.config.getoption("--regenerate"))
