"""A figure may fall by its tolerance and no further; a gate that checks nothing does not pass."""

import json
from pathlib import Path

import pytest
from evaluations import report

from assistant.errors import InputError
from assistant.evaluation import check_baseline, read_baseline


def baseline(tmp_path: Path, *figures: dict) -> Path:
    path = tmp_path / "baseline.json"
    known = {"name": "a figure", "set": "mine", "slice": "answerable", "command": "c", "corpus": "d", "settings": {}}
    path.write_text(json.dumps({"figures": [{**known, **figure} for figure in figures]}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("measure", "value", "tolerance", "kept"),
    [
        ("hit@1", 0.3333, 0.0, True),
        ("hit@1", 0.35, 0.02, True),
        ("hit@1", 0.36, 0.02, False),
        ("hit@1", 0.1, 0.0, True),  # better than it was
        ("risk", 0.6, 0.1, True),  # two of three: smaller is better
        ("risk", 0.5, 0.1, False),
        ("risk", 0.9, 0.0, True),
        ("refused_unanswerable", 0.5, 0.0, True),
        ("refused_answerable", 0.2, 0.0, False),
        ("ece", 0.01, 0.0, False),
        ("citation-validity", 1.0, 0.0, True),
        ("p95", 1.0, 1.0, False),
        ("p50", 9.0, 0.0, True),
        ("answered", 0.6, 0.0, True),
        ("refused", 0.4, 0.0, False),
        ("nosuch", 0.0, 1.0, False),  # not measured is not kept
    ],
)
def test_a_figure_is_kept_or_has_fallen(
    tmp_path: Path, measure: str, value: float, tolerance: float, kept: bool
) -> None:
    figures = read_baseline(baseline(tmp_path, {"measure": measure, "value": value, "tolerance": tolerance}))
    (check,) = check_baseline(figures, report())
    assert check.kept is kept
    assert check.body()["name"] == "a figure"


def test_only_figures_of_this_set_split_and_search_are_checked(tmp_path: Path) -> None:
    figure = {"measure": "hit@1", "value": 1.0, "tolerance": 0.0}
    path = baseline(
        tmp_path,
        {**figure, "name": "of another set", "set": "other"},
        {**figure, "name": "of another split", "settings": {"split": "calibration"}},
        {**figure, "name": "of one search", "settings": {"by": "bm25"}},
        {**figure, "name": "of this", "settings": {"split": "test", "by": "assistant", "depth": 100}},
    )
    assert [check.name for check in check_baseline(read_baseline(path), report())] == ["of this"]
    with pytest.raises(InputError, match="no figure of the set mine, split dev, by assistant"):
        check_baseline(read_baseline(path), report(split="dev"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no figures"),
        ('{"figures": [{"name": "x"}]}', "figure 1: set: Field required"),
        (
            '{"figures": [{"name": "x", "set": "s", "measure": "m", "value": 1, "tolerance": -1}]}',
            "figure 1: tolerance",
        ),
    ],
)
def test_a_baseline_of_no_use_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_baseline(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(tmp_path / "nosuch.json")
