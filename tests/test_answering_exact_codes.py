"""Every code of the official code sets is found however it is typed: dots, blanks, dashes and capitals are forgiven."""

import csv
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from assistant.answering.questions import read_question
from assistant.types.codes import BUILT_IN, Code

CORPUS = Path(__file__).parents[1] / "corpus"
# The codes tried of each code set; another seed tries others. All 186,000 were tried once, in all these writings.
SAMPLED, SEED = 1_500, 20972


def order_file(path: Path, system: str) -> Iterator[Code]:
    for line in path.read_text(encoding="utf-8").splitlines():
        value = line[6:14].strip()
        if system == "ICD-10-CM":
            yield Code(system, f"{value[:3]}.{value[3:]}" if len(value) > 3 else value)
        elif line[14] == "1":
            yield Code(system, value)


@cache
def code_sets(folder: Path) -> dict[str, list[Code]]:
    pages = (path.read_text(encoding="utf-8") for path in sorted(CORPUS.rglob("*.md")))
    with (folder / "hcpcs_level2_OCT2025_long_descriptions.csv").open(encoding="utf-8") as file:
        hcpcs = [Code("HCPCS", row["Code"].strip()) for row in csv.DictReader(file)]
    return {
        "ICD-10-PCS": list(order_file(folder / "icd10pcs_order_2026.txt", "ICD-10-PCS")),
        "ICD-10-CM": list(order_file(folder / "icd10cm_order_2026.txt", "ICD-10-CM")),
        "HCPCS": hcpcs,
        "CPT": [Code("CPT", found[1]) for page in pages if (found := re.search(r"^code: CPT:(\S+)$", page, re.M))],
    }


def writings(code: Code) -> set[str]:
    """The ways in which people type a code."""
    bare = code.value.replace(".", "")
    split = [code.value, bare, f"  {code.value} ", f"{code.value}?", f"{code.system} {code.value}"]
    if len(bare) > 3:
        split += [f"{bare[:3]} {bare[3:]}", f"{bare[:3]}-{bare[3:]}", f"{bare[:4]} {bare[4:]}"]
    split += [" ".join(bare), "-".join(bare)]
    return {*split, *(text.lower() for text in split)}


@pytest.mark.parametrize("system", ["ICD-10-PCS", "ICD-10-CM", "HCPCS", "CPT"])
def test_a_code_is_found_however_it_is_typed(shared_data: Path, system: str) -> None:
    """Beside all the other code sets: a writing that is a code of two of them finds both."""
    sets = code_sets(shared_data / "code-sets")
    library = {code for codes in sets.values() for code in codes}

    def held(codes: Sequence[Code]) -> set[Code]:
        return library.intersection(codes)

    codes = sets[system]
    assert len(codes) > 250
    for code in random.Random(SEED).sample(codes, min(SAMPLED, len(codes))):
        for text in writings(code):
            assert code in read_question(text, BUILT_IN, held).held, text
