"""A library calibrated on a set and on its own documents; what is hidden stays hidden, and nothing is changed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

import pytest
from surgery import write_corpus

from assistant.answering import Assistant
from assistant.answering.grounds import weight_of
from assistant.calibration import DEFAULT_THRESHOLD, Certificate, Judged, Support, confidence, fair_confidence, model
from assistant.calibration.model import query_digest
from assistant.embedding import OnnxEmbedder
from assistant.errors import InputError
from assistant.evaluation import EvaluationSet, load_set
from assistant.evaluation.certifying import (
    RISKS,
    calibrate,
    calibrate_itself,
    certify,
    is_right,
    judge_own,
    keep_certificate,
    own_questions,
)
from assistant.evaluation.certifying.asking_itself import OwnQuestion, subjects_of
from assistant.ingestion.road import Ingestion, file_source
from assistant.library import Library
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from assistant.types import Answer, Query, Refusal
from assistant.types.codes import Code

T = TypeVar("T")


def open_over(folder: Path, embedder: OnnxEmbedder) -> Library:
    return Library(
        folder, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=True
    )


@pytest.fixture
def assistant(tmp_path: Path, embedder: OnnxEmbedder, settings: Settings) -> Assistant:
    library = open_over(tmp_path / "library", embedder)
    Ingestion(library, embedder, settings).index([write_corpus(tmp_path / "corpus")])
    return Assistant(library, embedder, settings)


def written_set(folder: Path, right: int = 60) -> EvaluationSet:
    """A set over the corpus of these tests; the same few queries many times, so that there is enough to count."""
    queries, qrels = [], []
    for number in range(right):
        name, text, relevant = (
            ("carpal tunnel release of the median nerve", "open carpal tunnel release at the wrist", "CPT:64721"),
            ("free flap", "free bone and skin flap from the metatarsal with microvascular anastomosis", "CPT:20972"),
            ("walker", "rigid walker with wheels", "HCPCS:E0141"),
        )[number % 3]
        queries.append({"id": f"a{number}", "text": text, "split": "calibration", "slice": name})
        qrels.append(f"a{number}\t0\t{relevant}\t1")
    for number in range(10):
        queries.append(
            {"id": f"u{number}", "text": "how do I bake bread?", "split": "calibration", "answerable": False}
        )
    queries.append({"id": "t", "text": "who won the cup?", "split": "test", "answerable": False})
    folder.mkdir()
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join(qrels), encoding="utf-8")
    return load_set(folder)


def asked(assistant: Assistant, ask: Callable[[Snapshot], T]) -> T:
    """What is asked of a snapshot of a library as it is now."""
    with assistant.snapshot() as snapshot:
        return ask(snapshot)


def own(assistant: Assistant, count: int = 1_000, seed: int = 1) -> list[OwnQuestion]:
    """The questions that a library asks itself now."""
    return asked(assistant, lambda snapshot: own_questions(assistant, snapshot, count, seed))


def judged_own(assistant: Assistant, questions: Sequence[OwnQuestion]) -> list[Judged]:
    """What is judged of a library's own questions, none of which is left out."""
    judged, left_out = asked(assistant, lambda snapshot: judge_own(assistant, snapshot, questions))
    assert left_out == 0
    return judged


def certified(
    assistant: Assistant, judged: Sequence[Judged], name: str, risks: Sequence[float], level: float
) -> Certificate:
    """A certificate, kept in the library."""
    made = asked(assistant, lambda snapshot: certify(assistant, snapshot, judged, name, risks, level))
    return keep_certificate(assistant, made)


def test_a_set_gives_a_certificate_that_decides_and_is_void_when_the_library_changes(
    assistant: Assistant, tmp_path: Path, embedder: OnnxEmbedder, settings: Settings
) -> None:
    assert assistant.rule().certificate is None
    certificate = calibrate(assistant, written_set(tmp_path / "small"), (0.05,), 0.95)
    assert certificate.met and (certificate.queries, certificate.wrong) == (70, 0)
    rule = assistant.rule()
    assert rule.valid and rule.threshold == certificate.threshold and rule.certificate == certificate
    assert Assistant(open_over(tmp_path / "library", embedder), embedder, settings).rule() == rule

    other = settings.model_copy(update={"lexical_weight": 0.1})
    changed = Assistant(assistant.library, embedder, other).rule()
    assert not changed.valid and "settings" in changed.message and changed.threshold >= rule.threshold

    page = tmp_path / "new.md"
    page.write_text("# CPT 99990\n\n" + "\n\n".join(f"## Part {n}\nQuill {n}.\n" for n in range(20)), encoding="utf-8")
    Ingestion(assistant.library, embedder, settings).add([file_source(page, "new.md")])
    rule = assistant.rule()
    assert not rule.valid and "void" in rule.message and rule.threshold >= certificate.threshold


def test_where_no_risk_is_kept_answers_to_what_cannot_be_answered_still_are(assistant: Assistant) -> None:
    # Half of what can be answered leads with a wrong code, at any confidence; what cannot be is less confident.
    judged = [Judged(0.7 + number / 1_000, number % 2 == 0, True) for number in range(200)]
    judged += [Judged(0.2 + number / 1_000, False, False) for number in range(200)]
    certificate = certified(assistant, judged, "self", RISKS, 0.95)
    assert not certificate.met and certificate.bound > 0.2
    assert certificate.guard_risk == 0.05 and 0.35 < certificate.guard <= 0.7
    rule = assistant.rule()
    assert not rule.valid and rule.threshold == max(certificate.guard, DEFAULT_THRESHOLD)


def test_the_threshold_in_force_is_what_refuses(assistant: Assistant, tmp_path: Path) -> None:
    certificate = calibrate(assistant, written_set(tmp_path / "small"), (0.05,), 0.95)
    for text in ("open carpal tunnel release", "flap of hip bone and skin", "how do I bake bread?", "cane"):
        response = assistant.ask(Query(text))
        assert isinstance(response, Answer) is (response.confidence >= certificate.threshold)


def test_a_set_without_a_calibration_split_is_used_whole_and_an_empty_one_is_named(
    assistant: Assistant, tmp_path: Path
) -> None:
    whole = written_set(tmp_path / "small")
    tests = tuple(query.model_copy(update={"split": "test"}) for query in whole.queries)
    assert calibrate(assistant, EvaluationSet("all", tests, whole.qrels), (0.05,), 0.95).queries == len(tests)
    with pytest.raises(InputError, match="empty"):
        calibrate(assistant, EvaluationSet("empty", (), {}), (0.05,), 0.95)


def test_wrong_is_an_answer_to_what_cannot_be_answered_or_one_with_nothing_relevant_first(
    assistant: Assistant,
) -> None:
    considered = assistant.consider(Query("open carpal tunnel release of the median nerve"))
    assert considered is not None
    assert is_right(considered, True, {"CPT:64721"})
    assert not is_right(considered, True, {"CPT:99999"})
    assert not is_right(considered, False, {"CPT:64721"})
    second = str(considered.candidates[1].code.bare)
    assert not is_right(considered, True, {second})  # what stands second is not what a person sees first
    quoted = considered.statements[0].citation.passage_id
    assert is_right(considered, True, {f"PASSAGE:{quoted}"})


# its own questions


def test_a_query_that_the_gate_was_fitted_on_is_judged_by_weights_fitted_without_it() -> None:
    path = Path(__file__).parents[1] / "eval" / "starter" / "queries.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    queries = {query_digest(one["text"]): one for one in lines if one["kind"] == "query"}
    folds = json.loads((Path(model.__file__).parent / "folds.json").read_text(encoding="utf-8"))
    # The others are questions that were held back from training.
    of_set = {digest: fold for digest, fold in folds["queries"].items() if digest in queries}
    fitted = [queries[digest] for digest in of_set]
    assert {one["split"] for one in fitted} == {"calibration"}
    assert len(fitted) > 0.9 * sum(one["split"] == "calibration" for one in queries.values())
    of_family: dict[str, set[int]] = {}
    for digest, fold in of_set.items():
        of_family.setdefault(queries[digest]["family"], set()).add(fold)
    assert all(len(found) == 1 for family, found in of_family.items() if family != "none")
    support = Support(False, *(0.5 for _ in fields(Support)[1:]))
    seen, unseen = fitted[0]["text"], "a text that nobody wrote before"
    assert fair_confidence(unseen, support) == confidence(support)
    assert fair_confidence(seen, support) != confidence(support)


def test_a_library_asks_itself_the_same_questions_each_time(assistant: Assistant) -> None:
    questions = own(assistant, 40, seed=3)
    assert questions == own(assistant, 40, seed=3) != own(assistant, 40, seed=4)
    assert 10 < len(questions) <= 40
    assert {question.answerable for question in questions} == {True, False}


def test_its_questions_leave_the_library_as_it_was(assistant: Assistant) -> None:
    before = assistant.library.stamp, assistant.library.store.counts(), assistant.ask(Query("free flap"))
    certificate = calibrate_itself(assistant)
    assert certificate is not None and certificate.set == "self"
    assert (assistant.library.stamp, assistant.library.store.counts()) == before[:2]
    again = assistant.ask(Query("free flap"))
    assert again.confidence == before[2].confidence


def test_what_still_holds_is_not_made_again(assistant: Assistant) -> None:
    first = calibrate_itself(assistant)
    kept = assistant.library.store.meta("certificate:self")
    assert calibrate_itself(assistant) == first
    assert assistant.library.store.meta("certificate:self") == kept
    assistant.library.store.set_meta({"certificate:self": "damaged"})
    assert calibrate_itself(assistant) is not None
    assert assistant.library.store.meta("certificate:self") != "damaged"


def test_an_empty_library_has_nothing_to_ask(tmp_path: Path, embedder: OnnxEmbedder, settings: Settings) -> None:
    empty = Assistant(open_over(tmp_path / "library", embedder), embedder, settings)
    assert calibrate_itself(empty) is None
    assert own(empty) == []


def test_a_hidden_code_neither_answers_nor_is_near(assistant: Assistant) -> None:
    text = "open carpal tunnel release of the median nerve"
    code = Code("CPT", "64721")
    with assistant.snapshot() as snapshot:
        without = snapshot.hiding((), {code})
        response = assistant.answer(Query(text), without)
        shown = response.candidates if isinstance(response, Answer) else response.withheld
        assert code not in {candidate.code.bare for candidate in shown}
        assert isinstance(assistant.answer(Query("64721"), without), Refusal)
        term = snapshot.terms("carpal")[0]
        assert without.document_frequency(term) < snapshot.document_frequency(term)
    assert isinstance(assistant.ask(Query(text)), Answer)  # the library itself is as it was


def test_hidden_guidance_is_not_found(assistant: Assistant) -> None:
    query = Query("may an incidental appendectomy be billed beside another operation?")
    vector = assistant.embedder.embed_query(query.text)
    with assistant.snapshot() as snapshot:
        weight = weight_of(snapshot, query.text)
        every = snapshot.search_guidance(vector, weight, (), 100, query)
        found = snapshot.hiding(every[0].keys).search_guidance(vector, weight, (), 100, query)
        again = snapshot.search_guidance(vector, weight, (), 100, query)
    assert [section.keys for section in found] == [section.keys for section in every[1:]]
    assert [section.similarity for section in found] == pytest.approx([each.similarity for each in every[1:]], abs=1e-3)
    assert again == every  # the library itself is as it was


def test_subjects_are_codes_and_sections_and_each_passage_has_one(assistant: Assistant) -> None:
    subjects = asked(assistant, subjects_of)
    keys = [key for subject in subjects for key in subject.keys]
    assert len(keys) == len(set(keys)) == len(assistant.library)
    assert Code("CPT", "20972") in {subject.code for subject in subjects}
    assert None in {subject.code for subject in subjects}


def test_what_can_be_answered_is_surer_than_what_cannot(assistant: Assistant) -> None:
    judged = judged_own(assistant, own(assistant))
    answerable = [item.confidence for item in judged if item.answerable]
    hidden = [item.confidence for item in judged if not item.answerable]
    assert sum(answerable) / len(answerable) > sum(hidden) / len(hidden)


def test_of_several_risks_the_smallest_that_can_be_kept_is_stated(tmp_path: Path, assistant: Assistant) -> None:
    judged = [Judged(1 - n / 1000, n % 12 != 11, True) for n in range(400)]  # one in twelve is wrong
    alone = certified(assistant, judged, "mine", (0.05,), 0.95)
    assert not alone.met
    risks = (0.05, 0.10, 0.15, 0.20)
    stated = certified(assistant, judged, "mine", risks, 0.95)
    assert stated.met and stated.bound <= stated.risk
    each = 1 - 0.05 / len(risks)
    assert not any(certified(assistant, judged, "mine", (risk,), each).met for risk in risks if risk < stated.risk)
    again = certified(assistant, judged, "mine", risks, 0.95)
    assert f"At most {again.risk:.0%} of the answers are wrong" in assistant.rule().message


def test_a_risk_that_leaves_most_unanswered_gives_way_to_the_next(assistant: Assistant) -> None:
    right = [n < 340 or n % 14 != 13 for n in range(2000)]  # none is wrong at first, then one in fourteen
    judged = [Judged(1 - n / 4000, so, True) for n, so in enumerate(right)]
    strict = certified(assistant, judged, "mine", (0.05,), 1 - 0.05 / 2)
    assert strict.met and strict.coverage < 0.5
    assert certified(assistant, judged, "mine", (0.05, 0.10), 0.95).risk == 0.10
    hopeless = [Judged(item.confidence, item.right and n < 640, True) for n, item in enumerate(judged)]
    assert certified(assistant, hopeless, "mine", (0.05, 0.10), 0.95).risk == 0.05  # the next is no better


@pytest.fixture(scope="module")
def code_set(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder, settings: Settings) -> Assistant:
    """An assistant over ICD-10-PCS: an order file, and the index, tables and definitions that lead to its codes."""
    library = open_over(tmp_path_factory.mktemp("library"), embedder)
    files = sorted((Path(__file__).parent / "data").glob("pcs-*"))
    Ingestion(library, embedder, settings).index(files)
    return Assistant(library, embedder, settings)


def test_rows_that_lead_to_codes_are_no_subjects(code_set: Assistant) -> None:
    subjects = asked(code_set, subjects_of)
    assert subjects and all(subject.code is not None for subject in subjects)
    assert sum(len(subject.keys) for subject in subjects) < len(code_set.library)


def test_a_code_whose_title_holds_all_that_is_asked_is_right(code_set: Assistant) -> None:
    questions = [question for question in own(code_set) if question.answerable]
    assert questions and all(question.titled == set(code_set.library.terms(question.text)) for question in questions)
    by_title = [replace(each, relevant=frozenset({"no code"})) for each in questions]
    assert any(judged.right for judged in judged_own(code_set, by_title))
    nowhere = [replace(each, titled=frozenset({"zebra"})) for each in by_title]
    assert not any(judged.right for judged in judged_own(code_set, nowhere))
