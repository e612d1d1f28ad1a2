"""Has other systems do the same work, each in a process of its own, beside the bare parts."""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from measuring import ASSISTANT, Table, p50, run
from service import ask_warm, served
from waiting import LONGEST, output_of

from assistant.embedding import export_name, load_embedder
from assistant.embedding.shipped import source_of
from assistant.settings import load_settings

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parent / "bench-peers.txt"
_ROUNDS = 3


def peer_python(folder: Path, table: Table) -> str | None:
    """The Python of the peers' environment, made if it is missing; None if it cannot be made."""
    python = folder / "bin" / "python"
    if not python.exists():
        table.row("peers", f"installing into {folder}")
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=LONGEST)
            install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
            subprocess.run(install, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST)
        except (subprocess.SubprocessError, OSError) as error:
            table.row("peers", "left out", f"their environment cannot be made: {error}"[:80])
            return None
    return str(python)


def compare(
    table: Table, code_set: Path, rows: Sequence[tuple[str, str]], queries: Sequence[str], work: Path, peers: str | None
) -> None:
    table.heading(f"Against peers: {code_set.name} ({len(rows):,} rows, {len(queries)} queries, hybrid, same model)")
    settings = load_settings()
    embedder = load_embedder(settings.model, settings.model_cache)
    exported = str(settings.model_cache / export_name(settings.model))
    rows_file, queries_file, one = work / "rows.json", work / "queries.json", work / "query.json"
    rows_file.write_text(json.dumps(rows), encoding="utf-8")
    queries_file.write_text(json.dumps(list(queries)), encoding="utf-8")
    one.write_text(json.dumps(list(queries)[:1]), encoding="utf-8")
    systems = [("bare parts", "peer_parts.py", sys.executable, exported)]
    if peers:
        model = source_of(settings.model)
        systems += [("txtai", "peer_txtai.py", peers, model), ("Haystack", "peer_haystack.py", peers, model)]
    found: dict[str, dict[str, float]] = {}
    library = work / "compared"
    for name, program, python, model in systems:
        folder = work / name.replace(" ", "-")
        folder.mkdir()
        begin = [python, str(HERE / program)]
        indexed, _ = run([*begin, "index", str(folder), model, str(rows_file)])
        warm = json.loads(output_of([*begin, "ask", str(folder), model, str(queries_file)]))
        cold = [run([*begin, "ask", str(folder), model, str(one)])[0] for _ in range(_ROUNDS)]
        found[name] = _figures(indexed, p50(warm["seconds"]), statistics.median(cold), warm["peak"])
        _show(table, name, found[name])
    indexed, _ = run([*ASSISTANT, "index", str(code_set), "--index", str(library)])
    with served(library) as (client, _):
        _, asked = ask_warm(client, embedder, queries)
    ask = [*ASSISTANT, "ask", queries[0], "--index", str(library), "--json"]
    cold = [run(ask) for _ in range(_ROUNDS)]
    ours = _figures(indexed, p50(asked), statistics.median(took for took, _ in cold), max(peak for _, peak in cold))
    _show(table, "this project (warm over HTTP)", ours)
    parts = found.pop("bare parts")
    table.ratio("index: to the bare parts", ours["index"] / parts["index"], 1.1)
    table.ratio("warm ask: to the bare parts", ours["warm"] / parts["warm"], 2.5)
    if found:
        fastest = min(peer["cold"] for peer in found.values()) / ours["cold"]
        table.row("cold ask: faster than the fastest peer", f"{fastest:.1f} x", "", ">= 6 x", fastest >= 6)
        smallest = min(peer["memory"] for peer in found.values())
        table.ratio("memory: to the smallest peer", ours["memory"] / smallest, 0.5)


def _figures(index: float, warm: float, cold: float, memory: float) -> dict[str, float]:
    return {"index": index, "warm": warm, "cold": cold, "memory": memory}


def _show(table: Table, name: str, figures: dict[str, float]) -> None:
    table.row(
        f"{name}: index, warm p50",
        f"{figures['index']:.1f} s, {figures['warm'] * 1000:.1f} ms",
        f"cold {figures['cold']:.2f} s, peak {figures['memory']:.0f} MB",
    )
