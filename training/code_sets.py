"""Pairs that public code sets give away: short titles and long ones, index terms and codes, ICD-9 titles and codes.

They are spice: natural questions lead every mixture. The files are no part of the project; without them, none are made.
"""

import csv
import io
import json
import random
import zipfile
from collections import defaultdict
from pathlib import Path

from training.encoder import Pair

_SEED = 9


def code_set_pairs(data: Path, each: int) -> list[Pair]:
    """At most `each` pairs of every kind, drawn by a seed; siblings (codes that differ in the last characters) as
    hard negatives."""
    if not data.exists():
        return []
    chance = random.Random(_SEED)
    pairs = []
    for name, stem in (("icd10pcs_order_2026.txt", 6), ("icd10cm_order_2026.txt", 5)):
        pairs += _order_file(data / "code-sets" / name, each, stem, chance)
    pairs += _hcpcs(data, each, chance)
    pairs += _index_terms(data, each, chance)
    pairs += _icd9(data, each, chance)
    return pairs


def _order_file(path: Path, each: int, stem: int, chance: random.Random) -> list[Pair]:
    held = []
    of_stem: dict[str, list[int]] = defaultdict(list)
    for line in path.read_text(encoding="latin-1").splitlines():
        if line[14:15] == "1":
            of_stem[line[6:13].strip()[:stem]].append(len(held))
            held.append((line[6:13].strip(), line[16:76].strip(), line[77:].strip()))
    pairs = []
    for at in chance.sample(range(len(held)), each):
        code, short, long = held[at]
        if short == long:
            continue
        kin = [held[other][2] for other in of_stem[code[:stem]] if other != at]
        pairs.append(Pair(short, long, tuple(chance.sample(kin, min(3, len(kin))))))
    return pairs


def _hcpcs_titles(data: Path) -> dict[str, str]:
    titles = {}
    with (data / "code-sets" / "hcpcs_level2_OCT2025_long_descriptions.csv").open(
        encoding="latin-1", newline=""
    ) as file:
        for row in csv.reader(file):
            if len(row) >= 2 and len(row[0].strip()) == 5:
                titles[row[0].strip()] = " ".join(row[1].split())
    return titles


def _hcpcs(data: Path, each: int, chance: random.Random) -> list[Pair]:
    """Short titles of 2019, where the code still has a long one."""
    titles = _hcpcs_titles(data)
    with zipfile.ZipFile(data / "code-sets" / "HCPCS_2019_Alpha-Numeric_full.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith("ANWEB.txt"))
        lines = io.TextIOWrapper(archive.open(name), encoding="latin-1").read().splitlines()
    short = {line[:5]: line[91:119].strip() for line in lines if line[91:119].strip()}
    both = sorted(code for code in short if code in titles and short[code].lower() != titles[code].lower())
    pairs = []
    for code in chance.sample(both, min(each, len(both))):
        kin = [titles[other] for other in both if other[:4] == code[:4] and other != code]
        pairs.append(Pair(short[code], titles[code], tuple(chance.sample(kin, min(3, len(kin))))))
    return pairs


def is_for_training(number: int) -> bool:
    """Whether a row of a public set of queries is learnt from; the others measure."""
    return number % 2 == 0


def _index_terms(data: Path, each: int, chance: random.Random) -> list[Pair]:
    titles = _hcpcs_titles(data)
    pairs = []
    for number, line in enumerate((data / "eval" / "hcpcs_index_term_to_codes.dev.jsonl").read_text().splitlines()):
        row = json.loads(line)
        codes = [code for code in _codes_of(row) if code in titles]
        if is_for_training(number) and 0 < len(codes) <= 6:
            pairs.append(Pair(_text_of(row), titles[chance.choice(codes)]))
    return chance.sample(pairs, min(each, len(pairs)))


def _icd9(data: Path, each: int, chance: random.Random) -> list[Pair]:
    titles = {}
    of_stem: dict[str, list[str]] = defaultdict(list)
    for line in (data / "code-sets" / "icd10pcs_order_2026.txt").read_text(encoding="latin-1").splitlines():
        if line[14:15] == "1":
            titles[line[6:13].strip()] = line[77:].strip()
            of_stem[line[6:10]].append(line[77:].strip())
    pairs = []
    lines = (data / "eval" / "icd9proc_title_to_icd10pcs_gem.dev.jsonl").read_text().splitlines()
    for number, line in enumerate(lines):
        row = json.loads(line)
        codes = [code for code in _codes_of(row) if code in titles]
        if not is_for_training(number) or not codes:
            continue
        right = {titles[code] for code in codes}
        kin = [title for title in of_stem[codes[0][:4]] if title not in right]
        pairs.append(Pair(_text_of(row), titles[chance.choice(codes)], tuple(chance.sample(kin, min(3, len(kin))))))
    return chance.sample(pairs, min(each, len(pairs)))


def _text_of(row: dict[str, object]) -> str:
    return str(row["query"])


def _codes_of(row: dict[str, object]) -> list[str]:
    codes = row.get("gold_codes")
    return [str(code).split(":")[-1] for code in codes] if isinstance(codes, list) else []
