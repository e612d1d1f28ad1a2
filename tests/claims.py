"""Edit tables, articles and policies of our own, in several layouts, and a library of them."""

from collections.abc import Mapping
from pathlib import Path

from fakes import FakeEmbedder
from libraries import ingestion, open_library, source

from assistant.answering import Assistant
from assistant.settings import Settings

PAIRS = (
    "Column 1\tColumn 2\tEffective Date\tDeletion Date *=no data\tModifier 0=not allowed 1=allowed\tRationale\n"
    "29881\t29877\t20120101\t*\t1\tStandards of practice\n"
    "29880\t29877\t20120101\t*\t0\tMore extensive procedure\n"
    "97110\t97750\t20150101\t20251231\t1\tMisuse of column two code\n"
    "47600\t47562\t20120101\t20120101\t0\tTaken back at once\n"
)
UNITS = "HCPCS/CPT Code,MUE Values,MUE Adjudication Indicator,MUE Rationale\n29881,1,2 Date of Service Edit,Nature\n" \
    "J1100,120,1 Line Edit,Prescribing\n"  # fmt: skip
ADD_ONS = "Add-on Code,Primary Codes,Effective Date\n22552,\"22551, 22554\",20110101\n99292,99291,20110101\n" \
    "64484,64483-64485,20110101\n"  # fmt: skip
FEES = (
    "HCPCS,MOD,DESCRIPTION,PCTC IND,GLOB DAYS,MULT PROC,BILAT SURG,ASST SURG,CO- SURG,TEAM SURG\n"
    "29881,,Knee scope with trimming,0,090,2,1,1,0,0\n"
    "27447,,New knee joint,0,090,2,1,2,1,0\n"
    "58150,,Womb taken out,0,090,2,0,2,2,0\n"
    "76942,,Needle guidance,1,XXX,0,0,0,0,0\n"
    "76942,26,Needle guidance,1,XXX,0,0,0,0,0\n"
    "64484,,One more level,0,ZZZ,0,1,1,0,0\n"
    "93000,,Heart trace,4,XXX,0,0,0,0,0\n"
)
COVERAGE = "CPT,ICD-10-CM,Covered\n64721,G56.0*,yes\n64721,M79.641,no\n29881,M23.200 - M23.262,yes\n"
HEAD = "<tr><th>Code</th><th>Description</th></tr>"
ARTICLE = (
    "<html><body><h1>Knee surgery: billing and coding</h1><h2>CPT codes</h2><h3>Group 1</h3>"
    f"<table>{HEAD}<tr><td>27447</td><td>New knee joint</td></tr><tr><td>27446</td><td>Half a joint</td></tr></table>"
    "<h2>ICD-10-CM codes that support medical necessity</h2><h3>Group 1</h3><p>These support 27446 and 27447.</p>"
    f"<table>{HEAD}<tr><td>M17.11</td><td>Right knee</td></tr><tr><td>M17.12</td><td>Left knee</td></tr></table>"
    "<h2>ICD-10-CM codes that do not support medical necessity</h2><h3>Group 1</h3>"
    f"<table>{HEAD}<tr><td>M25.561</td><td>Pain of the right knee</td></tr></table></body></html>"
)
POLICY = "# Northfield: joints\n\n## Bundling\n\n27447 shall not be reported with 27446 on the same knee.\n"
CODES = "Code,Description,Effective date,Termination date\n11111,An old thing,2010-01-01,2020-12-31\n" \
    "22222,A thing to come,2027-01-01,\n29881,Knee scope with trimming,2010-01-01,\n"  # fmt: skip
FILES: Mapping[str, str] = {
    "pairs.tsv": PAIRS, "units.csv": UNITS, "addons.csv": ADD_ONS, "fees-2025.csv": FEES, "coverage.csv": COVERAGE,
    "article.html": ARTICLE, "policy.md": POLICY, "codes.csv": CODES,
}  # fmt: skip


class RulesRead:
    """A reader that takes a sentence with "not" for a rule."""

    digest = "fake"

    def read(self, query: str, statements: list[str]) -> list[float]:
        forbids = query.startswith(("Does", "Why"))
        return [2.0 if forbids and " not " in one else 0.5 for one in statements]


def library_of(folder: Path, files: Mapping[str, str] = FILES) -> Assistant:
    library = open_library(folder / "library")
    if files:
        ingestion(library).add([source(name, text) for name, text in files.items()])
    return Assistant(library, FakeEmbedder(), Settings(), RulesRead())  # type: ignore[arg-type]
