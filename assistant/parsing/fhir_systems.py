"""Knows the addresses by which FHIR names the code systems: each is a public identifier of HL7 or of its owner."""

import re
from collections.abc import Sequence

from assistant.types.codes import BUILT_IN, CodeSystem

# An address or an object identifier, and the name of the system here. ICD-10 of the WHO is another code system.
_ADDRESSES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"ama-assn\.org/go/cpt\b|\b2\.16\.840\.1\.113883\.6\.12$|[/:]cpt(?:-4)?(?![a-z])", "CPT"),
        (r"HCPCSReleaseCodeSets|hcpcs|\b2\.16\.840\.1\.113883\.6\.(?:285|14)$", "HCPCS"),
        (r"ada\.org/(?:en/)?cdt|[/:]cdt(?![a-z])|\b2\.16\.840\.1\.113883\.6\.13$", "CDT"),
        (r"icd-?10-?pcs|cms\.gov/Medicare/Coding/ICD10/?$|\b2\.16\.840\.1\.113883\.6\.4$", "ICD-10-PCS"),
        (r"icd-?10-?cm|\b2\.16\.840\.1\.113883\.6\.90$", "ICD-10-CM"),
    )
)
# HCPCS has CPT as its first level, and once listed the dental codes too.
_WITHIN = {"HCPCS": ("HCPCS", "CPT", "CDT")}


def system_named(address: str) -> str:
    """The name of the built-in system that an address stands for; "" if it is none of them."""
    bare = address.partition("|")[0].strip()
    return next((name for pattern, name in _ADDRESSES if pattern.search(bare)), "")


def systems_at(address: str, systems: Sequence[CodeSystem]) -> tuple[CodeSystem, ...]:
    """The systems that read the codes of an address: a built-in one, or a user's own whose name stands in it."""
    name = system_named(address)
    if name:
        within = _WITHIN.get(name, (name,))
        return tuple(system for one in within for system in systems if system.name == one)
    words = {word.lower() for word in re.split(r"[^\w-]+", address) if word}
    built_in = {system.name for system in BUILT_IN}
    own = (system for system in systems if system.name not in built_in and system.name.lower() in words)
    return tuple(own)
