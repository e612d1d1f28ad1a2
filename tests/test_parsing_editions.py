"""Editions: a year in the name or the first words, a month beside it for the day."""

import datetime

import pytest

from assistant.parsing.editions import edition_of, effective_of


@pytest.mark.parametrize(
    ("stem", "system", "day"),
    [
        ("hcpcs_level2_OCT2025_long", "HCPCS", "2025-10-01"),
        ("HCPC2025_JUL_ANWEB", "HCPCS", "2025-07-01"),
        ("icd10cm-April-1-2025", "ICD-10-CM", "2025-04-01"),
        ("fees 2024 September", "CPT", "2024-09-01"),
        ("icd10pcs_order_2026", "ICD-10-PCS", "2025-10-01"),
        ("icd10cm_order_2026", "ICD-10-CM", "2025-10-01"),
        ("icd10cm_order_2026_oct2025", "ICD-10-CM", "2025-10-01"),
        ("icd10pcs_2026 (October 1, 2025)", "ICD-10-PCS", "2025-10-01"),
        ("HCPC2019_CONTR_ANWEB", "HCPCS", "2019-01-01"),
        ("summary2025", "HCPCS", "2025-01-01"),  # no month: "mar" inside a word
        ("2025 marathon", "HCPCS", "2025-01-01"),
    ],
)
def test_a_month_beside_the_year_is_the_first_day(stem: str, system: str, day: str) -> None:
    edition = edition_of(stem)
    assert effective_of(stem, edition, system) == datetime.date.fromisoformat(day)


def test_the_year_beside_the_month_counts_where_the_edition_is_of_another() -> None:
    """The edition may come from the first lines of a file whose name tells the month."""
    assert effective_of("icd10cm_codes_oct2025", "2026", "ICD-10-CM") == datetime.date(2025, 10, 1)
    assert effective_of("update_apr2026", "2026", "ICD-10-CM") == datetime.date(2026, 4, 1)


def test_the_words_before_the_first_code_tell_the_edition_but_a_copyright_does_not() -> None:
    assert edition_of("fees", "2024 National Physician Fee Schedule, words copyright 2023") == "2024"
    assert edition_of("fees", "Words copyright 2023 HCPCS committee") is None
    assert edition_of("fees-2022", "2024 National Physician Fee Schedule") == "2022"
    assert effective_of("fees", None, "CPT") is None
