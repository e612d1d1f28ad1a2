"""The public sets that accuracy is measured on: their libraries, built once, and the figures over them."""

import csv
import json
import math
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answering import Assistant, open_assistant
from assistant.embedding import Embedder
from assistant.evaluation import load_set
from assistant.evaluation.certifying import calibrate_itself
from assistant.evaluation.running import default_split, make_report, open_set, run_set
from assistant.ingestion.road import Ingestion
from assistant.library.search.lexical import Terms
from assistant.parsing import parse_document
from assistant.retrieval.fusion import retrieve
from assistant.retrieval.pcs import DEFINITIONS, INDEX, TABLES, CodePassage, Line, build_axes, load_vocabulary, weigh
from assistant.settings import Settings
from assistant.types import Answer, Document, Hit, Query

PCS = (
    "icd10pcs_order_2026.txt",
    "icd10pcs_tables_2025.xml",
    "icd10pcs_index_2025.xml",
    "icd10pcs_definitions_2025.xml",
)
HCPCS = ("hcpcs_level2_OCT2025_long_descriptions.csv",)
PCS_QUERIES = "icd9proc_title_to_icd10pcs_gem.dev.jsonl"
HCPCS_QUERIES = "hcpcs_index_term_to_codes.dev.jsonl"
FEES = "fee-schedule-layout-2025.csv"
SEED = 20972
PROJECT = Path(__file__).parents[1]
CHARGES = PROJECT / "eval" / "charges"
# The local codes of the charge list.
CHARGE_CODES = {"SX": r"SX-\d{5}"}
ANSWERS = PROJECT / "eval" / "answers"
_FAMILY = re.compile(r"^family: (.+)$", re.MULTILINE)
_DEPTH = 50

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and what is right."""

    text: str
    right: frozenset[str]


def code_queries(path: Path) -> list[Judged]:
    """The queries of a set of titles or index terms."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Judged(line["query"], frozenset(line["gold_codes"])) for line in lines]


def scifact_queries(folder: Path) -> list[Judged]:
    """The test claims of SciFact with their abstracts."""
    right: dict[str, set[str]] = defaultdict(set)
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["score"] != "0":
                right[row["query-id"]].add(row["corpus-id"])
    lines = (json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines())
    texts = {line["_id"]: line["text"] for line in lines}
    return [Judged(texts[query], frozenset(right[query])) for query in sorted(right, key=int)]


def write_scifact(folder: Path, into: Path, only: frozenset[str] | None = None) -> None:
    """Writes abstracts as a user would keep them, one Markdown document each."""
    for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        abstract = json.loads(line)
        if only is None or abstract["_id"] in only:
            text = f"# {abstract['title']}\n\n{abstract['text']}\n"
            (into / f"{abstract['_id']}.md").write_text(text, encoding="utf-8")


def library_of(folder: Path, paths: Sequence[Path], settings: Settings) -> Assistant:
    """The library in a folder brought up to date with some files."""
    assistant = open_assistant(folder, settings, create=True)
    outcomes = Ingestion(assistant.library, assistant.embedder, settings).index(paths)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    if failed:
        raise SystemExit(f"{failed[0].source_name}: {failed[0].message}")
    return assistant


def scifact_library(folder: Path, data: Path, settings: Settings, only: frozenset[str] | None = None) -> Assistant:
    """The library of the abstracts; written to a folder of their own first."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    write_scifact(data / "eval" / "scifact", documents, only)
    return library_of(folder / "library", [documents], settings)


def code_figures(assistant: Assistant, queries: Sequence[Judged]) -> Figures:
    """hit@1, 5, 10 and 50 of the whole road; what the gate withholds is scored too."""
    ranks = []
    for query in queries:
        response = assistant.ask(Query(query.text, limit=_DEPTH))
        candidates = response.candidates if isinstance(response, Answer) else response.withheld
        ranks.append(first_right([candidate.code.value for candidate in candidates], query.right))
    return hits(ranks)


def first_right(ranking: Sequence[str], right: frozenset[str]) -> float:
    """The rank of the first that is right; infinite where none is."""
    unique = dict.fromkeys(ranking)
    return next((rank for rank, item in enumerate(unique, start=1) if item in right), math.inf)


def coded_set(folder: Path) -> list[Judged]:
    """The queries of a set that is judged by codes, each with the values of its right codes."""
    evaluation = load_set(folder)
    return [
        Judged(query.text, frozenset(code.split(":", 1)[1] for code in evaluation.qrels[query.id]))
        for query in evaluation.queries
        if query.id in evaluation.qrels
    ]


def charge_figures(folder: Path, settings: Settings) -> Figures:
    """hit@k over the charge list, whose codes are of a system of their own."""
    own = settings.model_copy(update={"code_systems": CHARGE_CODES})
    return code_figures(library_of(folder, [CHARGES / "charges.csv"], own), coded_set(CHARGES))


def fee_figures(folder: Path, data: Path, settings: Settings) -> Figures:
    """hit@k over the fee schedule."""
    return code_figures(library_of(folder, [data / "tables" / FEES], settings), coded_set(PROJECT / "eval" / "fees"))


def answer_figures(folder: Path, settings: Settings) -> dict[str, Figures]:
    """The report of eval/answers by slice, over its documents and the starter corpus, calibrated as a user's library.

    `answered` and `refused` are shares.
    """
    assistant = library_of(folder, [PROJECT / "corpus", ANSWERS / "documents"], settings)
    calibrate_itself(assistant)
    evaluation = open_set(assistant, ANSWERS)
    if evaluation.faults or evaluation.unplaced:
        raise SystemExit(f"eval/answers is at fault: {(*evaluation.faults, *evaluation.unplaced)[0]}")
    run = run_set(assistant, evaluation.queries)
    report = make_report(assistant, evaluation, evaluation.queries, run, split=default_split(evaluation))
    shares = {one["slice"]: one["answered"] / one["queries"] for one in report["slices"]}
    return {
        one["slice"]: {**one, "answered": shares[one["slice"]], "refused": 1 - shares[one["slice"]]}
        for one in report["slices"]
    }


def hits(ranks: Sequence[float]) -> Figures:
    return {f"hit@{k}": sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 5, 10, 50)}


def scifact_figures(assistant: Assistant, queries: Sequence[Judged], settings: Settings) -> Figures:
    """nDCG@10 of hybrid retrieval with default settings; a document ranks by its best passage."""
    gains = []
    for query in queries:
        with assistant.snapshot() as snapshot:
            found = retrieve(
                snapshot,
                assistant.embedder.embed_query(query.text),
                Query(query.text),
                depth=settings.depth,
                lexical_weight=settings.lexical_weight,
            )
        gains.append(ndcg(ranked_documents(found), query.right))
    return {"ndcg@10": math.fsum(gains) / len(gains)}


def ranked_documents(found: Sequence[Hit]) -> list[str]:
    """Documents by their best passage."""
    return list(dict.fromkeys(Path(hit.document.source_name).stem for hit in found))


def ndcg(ranking: Sequence[str], right: frozenset[str]) -> float:
    """nDCG@10 with binary gains."""
    gained = math.fsum(1 / math.log2(at + 2) for at, item in enumerate(ranking[:10]) if item in right)
    return gained / math.fsum(1 / math.log2(at + 2) for at in range(min(10, len(right))))


def scifact_sample(data: Path) -> tuple[list[Judged], frozenset[str]]:
    """A third of the claims; their abstracts and 700 others."""
    queries = scifact_queries(data / "eval" / "scifact")[::3]
    corpus = (data / "eval" / "scifact" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [str(json.loads(line)["_id"]) for line in corpus]
    others = random.Random(SEED).sample(ids, 700)
    return queries, frozenset(others).union(*(query.right for query in queries))


def scifact_sampled(data: Path, settings: Settings) -> Figures:
    """nDCG@10 over the sample."""
    queries, only = scifact_sample(data)
    with tempfile.TemporaryDirectory() as folder:
        return scifact_figures(scifact_library(Path(folder), data, settings, only), queries, settings)


def starter_sample() -> tuple[list[Judged], list[Path]]:
    """Every fourth family of the starter corpus, and the calibration queries whose right codes are all among them."""
    pages: dict[str, list[Path]] = defaultdict(list)
    codes: dict[str, str] = {}
    for path in sorted((PROJECT / "corpus" / "cpt").glob("*.md")):
        family = _FAMILY.search(path.read_text(encoding="utf-8"))
        if family:
            pages[family[1]].append(path)
            codes[f"CPT:{path.stem}"] = family[1]
    chosen = set(sorted(pages)[::4])
    evaluation = load_set(PROJECT / "eval" / "starter")
    queries = [
        Judged(query.text, frozenset(code.removeprefix("CPT:") for code in evaluation.qrels[query.id]))
        for query in evaluation.queries
        if query.kind == "query"
        and query.split == "calibration"
        and query.id in evaluation.qrels
        and all(codes.get(code) in chosen for code in evaluation.qrels[query.id])
    ]
    return queries, [path for family in sorted(chosen) for path in pages[family]]


def starter_sampled(settings: Settings) -> Figures:
    """hit@k of the whole road over the sample."""
    queries, pages = starter_sample()
    with tempfile.TemporaryDirectory() as folder:
        return code_figures(library_of(Path(folder), pages, settings), queries)


def pcs_sampled(data: Path, embedder: Embedder) -> Figures:
    """hit@k of the axes alone: every fifth title, over their codes and every twentieth code of the order file.

    The tables, index and definitions are whole, but not embedded: the axes only read them.
    """
    documents = [parsed(data / "code-sets" / name) for name in PCS]
    queries = code_queries(data / "eval" / PCS_QUERIES)[::5]
    wanted = frozenset().union(*(sorted(query.right)[:40] for query in queries))
    entries = documents[0].entries
    chosen = [entry for at, entry in enumerate(entries) if at % 20 == 0 or entry.code.value in wanted]
    passages = [CodePassage(key, entry.code.value) for key, entry in enumerate(chosen)]
    vectors = embedder.embed([entry.title for entry in chosen])
    terms = Terms()
    axes = build_axes(passages, vectors, *(lines(document) for document in documents[1:]), terms)
    assert axes is not None
    words = load_vocabulary(terms)
    ranks = []
    for query in queries:
        vector = embedder.embed_query(query.text)
        found = axes.search(query.text, vector, 100, words, terms)
        scores = weigh(found, {one.key: float(vectors[one.key] @ vector) for one in found})
        ranking = [chosen[key].code.value for key in sorted(scores, key=lambda key: (-scores[key], key))]
        ranks.append(first_right(ranking, query.right))
    return hits(ranks)


def parsed(path: Path) -> Document:
    """A code set as it is stored."""
    return parse_document(path.read_bytes(), path.name)


def lines(document: Document) -> list[Line]:
    """The lines of a document that was put together from lines."""
    return [
        Line(section.context, document.text[section.start : section.end].rstrip("\n"))
        for section in document.sections
        if section.context.startswith((TABLES, INDEX, DEFINITIONS))
    ]
