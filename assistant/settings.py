"""Every tunable number and path, validated once."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from assistant.errors import InvalidSettings
from assistant.types.codes import BUILT_IN, CodeSystem, own_system

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Settings(BaseSettings):
    """Read from the environment: `ASSISTANT_MODEL=/models/bge-small assistant index …`.

    A code system of one's own: `ASSISTANT_CODE_SYSTEMS='{"LAB": "LAB-\\\\d{3}"}'`.
    """

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", extra="ignore")

    model: str = Field(default="coding-MiniLM-L6", description="the shipped default, a folder, or a hub name")
    query_prefix: str = Field(default="", description="put before each query, for models trained with one")
    model_cache: Path = Field(
        default_factory=lambda: Path.home() / ".cache" / "assistant" / "models", description="exported models"
    )
    code_systems: dict[str, str] = Field(default_factory=dict, description="name -> pattern of a system of your own")
    threads: int = Field(default=0, ge=0, le=256, description="threads for the model; 0 takes one per core")
    max_file_mb: int = Field(default=256, ge=1, description="a larger file is refused")
    max_pages: int = Field(default=5_000, ge=1, description="a PDF of more pages is refused")
    max_scans: int = Field(
        default=100, ge=0, description="scanned pages of a PDF that are read by OCR, where it is here"
    )
    read_seconds: int = Field(default=300, ge=1, description="a file that takes longer to read is refused")
    read_memory_mb: int = Field(default=2_048, ge=512, description="memory of the process that reads files")
    read_output_mb: int = Field(default=256, ge=1, description="a file that holds more text is refused")
    strict: bool = Field(default=False, description="a file that cannot be read without a warning is refused whole")
    passage_tokens: int = Field(default=160, ge=32, le=8192, description="longest passage, in the model's own tokens")
    depth: int = Field(default=100, ge=10, le=1000, description="hits taken from each search before they are fused")
    lexical_weight: Share = Field(default=0.5, description="share of BM25 in the fused score")
    evaluation_sets: Path = Field(default=Path("eval"), description="the folder whose sets the page offers")
    rest_seconds: float = Field(
        default=30.0,
        ge=0.05,
        le=86_400,
        description="a service recalibrates its library after so long without a change",
    )
    max_query_characters: int = Field(default=20_000, ge=100)

    def systems(self) -> tuple[CodeSystem, ...]:
        """The known code systems: the built-in ones and the user's own."""
        return (*BUILT_IN, *(own_system(name, pattern) for name, pattern in sorted(self.code_systems.items())))


def load_settings() -> Settings:
    """Settings from the environment. Raises InvalidSettings naming the variable."""
    try:
        settings = Settings()
        settings.systems()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ASSISTANT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InvalidSettings(f"{name}: {first['msg']}") from error
    except SettingsError as error:
        # Only the code systems are written as JSON.
        raise InvalidSettings('ASSISTANT_CODE_SYSTEMS is not JSON such as {"LAB": "LAB-[0-9]+"}') from error
    return settings
