"""Writes a run and its judgements in the form that trec_eval and ir-measures read; anyone can then recompute them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from assistant.errors import InputError
from assistant.evaluation.measures import by_passages, is_wrong
from assistant.evaluation.runs import RunLine
from assistant.evaluation.sets import EvaluationQuery
from assistant.evaluation.statements import NO_MARKS, Marks


def write_trec(
    folder: Path,
    queries: Sequence[EvaluationQuery],
    qrels: Mapping[str, frozenset[str]],
    run: Mapping[str, RunLine],
    marks: Marks = NO_MARKS,
) -> None:
    """Writes `run.trec` and `qrels.trec` for the rankings, and `outcomes.tsv` for the gate.

    The rankings include those that refusals withheld. A blank in a name is written as %20.
    """
    ranked, judged, outcomes = [], [], ["query\tslice\tanswerable\tanswered\tconfidence\twrong"]
    for query in queries:
        line, relevant = run[query.id], qrels.get(query.id)
        name = _word(query.id)
        items = line.quoted if relevant and by_passages(relevant) else line.codes
        # trec_eval orders by the score alone: one that falls with the rank keeps our order.
        ranked += [
            f"{name} Q0 {_word(item)} {rank} {len(items) - rank + 1} assistant"
            for rank, item in enumerate(items, start=1)
        ]
        judged += [f"{name} 0 {_word(item)} 1" for item in sorted(relevant or ())]
        flags = (query.answerable, line.answered, is_wrong(line, relevant, marks.get(query.id, ())))
        answerable, answered, wrong = (str(int(flag)) for flag in flags)
        outcomes.append("\t".join([name, _word(query.slice), answerable, answered, f"{line.confidence:.6f}", wrong]))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, lines in (("run.trec", ranked), ("qrels.trec", judged), ("outcomes.tsv", outcomes)):
            (folder / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}") from error


def _word(text: str) -> str:
    return quote(text, safe=":#/.,;()[]&+@'")
