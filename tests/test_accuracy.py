"""The accuracy figures of eval/baseline.json: none may fall beyond its tolerance.

The whole sets take many minutes to embed, so most are sampled here (`settings` of each figure says how); HCPCS, the
charge list and the fee schedule are whole. `scripts/accuracy` measures all of them whole.
"""

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest

from assistant.embedding import OnnxEmbedder
from assistant.evaluation.baseline import fell
from assistant.settings import Settings

SCRIPTS = Path(__file__).parents[1] / "scripts"
BASELINE = Path(__file__).parents[1] / "eval" / "baseline.json"
KEYS = {"name", "set", "slice", "measure", "value", "tolerance", "command", "corpus", "settings"}


def figures() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(BASELINE.read_text(encoding="utf-8"))["figures"]
    return found


@pytest.fixture(scope="module")
def sets() -> ModuleType:
    """scripts/accuracy_sets.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("accuracy_sets", SCRIPTS / "accuracy_sets.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["accuracy_sets"] = module
    spec.loader.exec_module(module)
    return module


def held(name: str, now: dict[str, float]) -> None:
    """Each figure of a set is no more than its tolerance worse than the baseline."""
    checked = [figure for figure in figures() if figure["set"] == name]
    assert checked
    for figure in checked:
        value, tolerance = float(str(figure["value"])), float(str(figure["tolerance"]))
        measure = str(figure["measure"])
        assert not fell(measure, value, tolerance, now[measure]), figure["name"]


def test_each_figure_says_what_it_is_and_how_it_was_made() -> None:
    assert len({figure["name"] for figure in figures()}) == len(figures())
    for figure in figures():
        assert figure.keys() == KEYS
        assert 0 < float(str(figure["value"])) <= 1
        assert 0 <= float(str(figure["tolerance"])) <= 0.05
        assert figure["command"] and figure["settings"]


def test_a_figure_that_fell_is_seen() -> None:
    values = {str(f["measure"]): float(str(f["value"])) for f in figures() if f["set"] == "hcpcs"}
    held("hcpcs", values)
    with pytest.raises(AssertionError):
        held("hcpcs", {**values, "hit@1": values["hit@1"] - 0.03})


def test_the_measures(sets: ModuleType) -> None:
    assert sets.first_right(["a", "a", "b"], frozenset("b")) == 2
    assert sets.hits([1, 3, math.inf]) == {"hit@1": 1 / 3, "hit@5": 2 / 3, "hit@10": 2 / 3, "hit@50": 2 / 3}
    assert sets.ndcg(["a", "b"], frozenset("a")) == 1.0
    assert sets.ndcg(["b", "a"], frozenset("a")) == pytest.approx(1 / math.log2(3))
    assert sets.ndcg([], frozenset("a")) == 0.0


def test_hcpcs_index_terms(sets: ModuleType, shared_data: Path, settings: Settings, tmp_path: Path) -> None:
    assistant = sets.library_of(tmp_path, [shared_data / "code-sets" / name for name in sets.HCPCS], settings)
    held("hcpcs", sets.code_figures(assistant, sets.code_queries(shared_data / "eval" / sets.HCPCS_QUERIES)))


def test_charges(sets: ModuleType, settings: Settings, tmp_path: Path) -> None:
    held("charges", sets.charge_figures(tmp_path, settings))


def test_fees(sets: ModuleType, shared_data: Path, settings: Settings, tmp_path: Path) -> None:
    held("fees", sets.fee_figures(tmp_path, shared_data, settings))


def test_pcs_titles_over_a_sample(sets: ModuleType, shared_data: Path, embedder: OnnxEmbedder) -> None:
    held("pcs-sample", sets.pcs_sampled(shared_data, embedder))


def test_scifact_over_a_sample(sets: ModuleType, shared_data: Path, settings: Settings) -> None:
    held("scifact-sample", sets.scifact_sampled(shared_data, settings))


def test_starter_over_a_sample(sets: ModuleType, settings: Settings) -> None:
    held("starter-sample", sets.starter_sampled(settings))
