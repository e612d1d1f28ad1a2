"""FHIR's lists of codes: each code in its own system, with the resource's title and version; other types are named."""

import json
from pathlib import Path
from typing import Any

import pytest
from parsing_support import locations, parsed, quotes

from assistant.errors import UnreadableDocument
from assistant.parsing import parse_document
from assistant.types import Document
from assistant.types.codes import BUILT_IN, own_system

CPT, CM = "http://www.ama-assn.org/go/cpt", "http://hl7.org/fhir/sid/icd-10-cm"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SNOMED = "http://snomed.info/sct"
VALUE_SET: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "knee",
    "title": "Knees of our clinic",
    "version": "2025",
    "status": "active",
    "compose": {
        "include": [
            {"system": CPT, "concept": [{"code": "27447", "display": "New joint for a knee"}, {"code": "29881"}]},
            {"system": CM, "concept": [{"code": "E1165", "display": "Sugar too high"}]},
            {"system": HCPCS, "concept": [{"code": "D0120", "display": "Look at teeth"}, {"code": "G0289"}]},
            {"system": SNOMED, "concept": [{"code": "239873007", "display": "Worn knee"}]},
        ],
        "exclude": [{"system": HCPCS, "concept": [{"code": "G0289"}]}],
    },
}
CODE_SYSTEM: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "id": "cm",
    "name": "DiagnosesOfKnees",
    "version": "2026",
    "url": CM,
    "concept": [
        {
            "code": "M17",
            "display": "Worn knee",
            "property": [{"code": "notSelectable", "valueBoolean": True}],
            "concept": [{"code": "M17.11", "display": "Worn right knee", "definition": "The right joint is worn.",
                         "designation": [{"value": "gonarthrosis"}]}],
        }
    ],
}  # fmt: skip
CONCEPT_MAP: dict[str, Any] = {
    "resourceType": "ConceptMap",
    "title": "From acts to diagnoses",
    "group": [
        {
            "source": CPT,
            "target": CM,
            "element": [
                {"code": "27447", "display": "New joint for a knee",
                 "target": [{"code": "M17.11", "display": "Worn right knee", "equivalence": "relatedto"}]}
            ],
        }
    ],
}  # fmt: skip


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}


def read(resource: object, name: str = "list.json") -> Document:
    return parsed(name, json.dumps(resource))


def codes(document: Document) -> dict[str, str]:
    return {str(entry.code): entry.title for entry in document.entries}


def test_a_value_set_is_a_table_of_codes_each_in_its_system() -> None:
    document = read(VALUE_SET)
    assert (document.id, document.title, document.edition) == ("knee-2025", "Knees of our clinic", "2025")
    assert codes(document) == {
        "CPT:27447": "New joint for a knee", "ICD-10-CM:E11.65": "Sugar too high", "CDT:D0120": "Look at teeth",
    }  # fmt: skip
    assert quotes(document) == ["27447\tNew joint for a knee", "E1165\tSugar too high", "D0120\tLook at teeth"]
    assert set(locations(document)) == {"ValueSet knee"}
    assert document.warnings == (
        f"list.json: 1 codes of {SNOMED} were left out; describe this code system in ASSISTANT_CODE_SYSTEMS",
        "list.json: 1 codes have no display, so they are named, not described (29881)",
    )


def test_an_expansion_is_read_and_a_rule_is_named() -> None:
    by_rule = {"resourceType": "ValueSet", "title": "Knees", "compose": {"include": [{"system": CPT, "filter": [{}]}]}}
    contains = [{"system": CPT, "code": "27447", "display": "New joint", "contains": [
        {"system": CM, "code": "M17.11", "display": "Worn right knee"}]}]  # fmt: skip
    assert list(codes(read({**by_rule, "expansion": {"contains": contains}}))) == ["CPT:27447", "ICD-10-CM:M17.11"]
    by_rule["compose"]["include"].append({"system": CPT, "concept": [{"code": "27447", "display": "New joint"}]})  # type: ignore[index]
    assert "takes codes by a rule" in read(by_rule).warnings[0]


def test_a_code_system_keeps_its_tree_and_its_other_words() -> None:
    document = read(CODE_SYSTEM)
    assert document.title == "DiagnosesOfKnees"
    assert codes(document) == {"ICD-10-CM:M17": "Worn knee", "ICD-10-CM:M17.11": "Worn right knee"}
    assert [entry.billable for entry in document.entries] == [False, True]
    last = document.sections[-1]
    assert document.text[slice(*last.body)] == "Worn right knee\tThe right joint is worn.\tgonarthrosis"
    assert last.context == "DiagnosesOfKnees. Worn knee"


def test_a_concept_map_is_read_in_both_directions() -> None:
    document = read(CONCEPT_MAP)
    assert codes(document) == {"CPT:27447": "New joint for a knee", "ICD-10-CM:M17.11": "Worn right knee"}
    assert "relatedto: M17.11 Worn right knee" in document.text
    assert "mapped from 27447 New joint for a knee" in document.text


def test_a_bundle_gives_the_codes_of_its_lists_and_names_the_rest() -> None:
    patient = {"resourceType": "Patient", "id": "p"}
    document = read(bundle(VALUE_SET, patient, bundle(CODE_SYSTEM)), "all-2025.json")
    assert {"CPT:27447", "ICD-10-CM:M17.11"} <= set(codes(document))
    assert document.warnings[0] == "all-2025.json: 1 FHIR resources of type Patient were left out"
    lines = "\n".join(json.dumps(one) for one in (VALUE_SET, CODE_SYSTEM))
    assert set(codes(parsed("all.ndjson", lines))) == set(codes(document))
    assert read(bundle(VALUE_SET)).title == "Knees of our clinic"


def test_a_system_of_ones_own_is_known_by_its_name_in_the_address() -> None:
    systems = (*BUILT_IN, own_system("LAB", r"LAB-\d{3}"))
    own = {**CODE_SYSTEM, "url": "http://clinic.example/lab", "concept": [{"code": "LAB-001", "display": "Salt"}]}
    assert list(codes(parse_document(json.dumps(own).encode(), "a.json", systems))) == ["LAB:LAB-001"]


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ({"resourceType": "Patient"}, "is a FHIR Patient; of FHIR only CodeSystem, ValueSet, ConceptMap and Bundle"),
        (bundle({"resourceType": "Claim"}), "is a FHIR Claim; of FHIR only"),
        (bundle(), "is an empty FHIR Bundle"),
        ({"resourceType": "ValueSet"}, "lists no codes"),
        ({**CODE_SYSTEM, "url": "http://hl7.org/fhir/sid/icd-10"}, "only codes of systems that are not known here"),
        ({**CODE_SYSTEM, "url": CPT}, "no code in the form of its system"),
        ({"resourceType": "CodeSystem", "concept": "none", "url": [1]}, "lists no codes"),
    ],
)
def test_what_is_not_read_is_named_in_one_line(resource: object, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=rf"list\.json .*{said}") as raised:
        read(resource)
    assert "\n" not in str(raised.value)


def test_a_list_within_a_list_without_end_is_named() -> None:
    deep = '{"resourceType": "CodeSystem", "concept": [' + '{"concept": [' * 10_000 + "]}" * 10_000 + "]}"
    with pytest.raises(UnreadableDocument, match=r"a\.json is nested too deeply"):
        parsed("a.json", deep)


def test_the_value_set_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "json" / "valueset-knee.json"
    document = parsed(path.name, path.read_bytes())
    assert (document.title, document.edition) == ("Knee procedures of our clinic", "2025")
    assert codes(document) == {
        "CPT:27447": "Total knee replacement",
        "CPT:29881": "Trimming one knee meniscus through the scope",
        "CPT:00100": "Anesthesia for a salivary gland operation",
        "ICD-10-CM:M17.11": "Worn-out right knee joint, primary",
        "ICD-10-CM:E11.65": "Type 2 diabetes with high blood sugar",
        "HCPCS:G0289": "Loose body taken out of another knee compartment",
    }
