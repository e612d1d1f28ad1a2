"""Indexing a code set from nothing and again, beside SentenceTransformer.encode of the same titles."""

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from measuring import ASSISTANT, Table, run
from waiting import output_of

# Only the encoding is timed; importing torch and loading the model are not.
_ENCODE = """
import json, sys, time
from sentence_transformers import SentenceTransformer
from assistant.embedding.shipped import DEFAULT_MODEL, source_of
titles = json.load(open(sys.argv[1]))
model = SentenceTransformer(source_of(DEFAULT_MODEL), device="cpu")
model.encode(titles[:64])
start = time.perf_counter()
model.encode(titles)
print(len(titles) / (time.perf_counter() - start))
"""


def index(table: Table, code_set: Path, titles: Sequence[str], library: Path, work: Path) -> None:
    """Builds `library` from the code set: its titles a second against those of sentence-transformers."""
    table.heading(f"Indexing {code_set.name} ({len(titles):,} titles)")
    sample = work / "sample.json"
    step = max(1, len(titles) // 3_000)
    sample.write_text(json.dumps(titles[::step]), encoding="utf-8")
    before = _encoded(sample)
    took, memory = run([*ASSISTANT, "index", str(code_set), "--index", str(library)])
    rate, floor = len(titles) / took, statistics.mean([before, _encoded(sample)])
    table.row("index from nothing (time, peak memory)", f"{took:.1f} s, {memory:.0f} MB")
    table.row("  titles a second", f"{rate:.0f}", f"SentenceTransformer.encode {floor:.0f}")
    table.row("  times sentence-transformers", f"{rate / floor:.2f} x", "", ">= 1.5 x", rate / floor >= 1.5)
    again, _ = run([*ASSISTANT, "index", str(code_set), "--index", str(library)])
    table.row("index it again, nothing changed", f"{again:.1f} s", "", "<= 5 s", again <= 5)


def _encoded(sample: Path) -> float:
    return float(output_of([sys.executable, "-c", _ENCODE, str(sample)]))


def cold(table: Table, library: Path, query: str, rounds: int = 5) -> None:
    """`assistant ask` from the terminal beside the import of sentence-transformers, in turns."""
    table.heading(f"Cold, from the terminal (medians of {rounds}, in turns)")
    ask, heavy, memory = [], [], 0.0
    for _ in range(rounds):
        took, memory = run([*ASSISTANT, "ask", query, "--index", str(library), "--json"])
        ask.append(took)
        heavy.append(run([sys.executable, "-c", "import sentence_transformers"])[0])
    took, floor = statistics.median(ask), statistics.median(heavy)
    table.row("cold assistant ask (time, peak memory)", f"{took:.2f} s, {memory:.0f} MB", f"import alone {floor:.2f} s")
    table.ratio("  its time to that import's", took / floor, 0.2)
