"""What tests share."""

from pathlib import Path

import pytest

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
    """Settings as a user has them: the packaged model, exported once to the user's cache."""
    return Settings()
