"""A small corpus in our own words: close siblings, a guide, a glossary, a table, and one code in two editions."""

from pathlib import Path

BODY = """
# CPT {code}: {title}

## Short description
{short}

## Guidelines
{guidelines}

## Modifiers
{modifiers}

## In simple words
{simple}

## Full description
{full}

## Documentation
{documentation}
"""


def page(
    code: str,
    title: str,
    family: str,
    *,
    short: str,
    guidelines: str,
    modifiers: str,
    simple: str,
    full: str,
    documentation: str,
    edition: str = "2025",
) -> str:
    head = (
        f"---\nid: cpt-{code.lower()}-{edition}\ncode: CPT:{code}\ntitle: {title}\n"
        f'edition: "{edition}"\neffective: {edition}-01-01\nfamily: {family}\n---\n'
    )
    return head + BODY.format(
        code=code,
        title=title,
        short=short,
        guidelines=guidelines,
        modifiers=modifiers,
        simple=simple,
        full=full,
        documentation=documentation,
    )


def _flap(code: str, donor: str, place: str, layman: str) -> str:
    return page(
        code,
        f"Free bone and skin flap from the {donor}",
        "free bone and skin flaps",
        short=f"Bone and the skin over it are raised together from the {donor}, cut free, and joined to new vessels.",
        guidelines=f"The donor bone decides: this code is for the {donor} and for no other bone. The operating "
        "microscope is included.",
        modifiers=f"RT and LT name the side of the {donor}. Modifier 62 is for two surgeons who share the transfer.",
        simple=f"A piece of {layman} is moved with its skin to fill a gap, and its tiny blood vessels are sewn to new "
        "ones.",
        full=f"The {donor} is exposed {place}. Bone and skin are lifted on one pedicle, the pedicle is divided, and "
        "artery and vein are sutured under the microscope at the new site.",
        documentation=f"Name the {donor} as donor and give the side. Record the size of bone and skin. State which "
        "vessels were joined, and how long the flap was without blood.",
    )


def _appendix(edition: str, words: str) -> str:
    return page(
        "44970",
        "Removal of the appendix through a laparoscope",
        "appendix",
        short=f"The appendix is taken out through small ports with a camera. {words}",
        guidelines="A look around the abdomen with the same camera is part of it.",
        modifiers="Modifier 52 fits when the operation is stopped early.",
        simple="The surgeon takes out an inflamed appendix through keyholes in the belly.",
        full="Ports are placed, the base of the appendix is stapled, and it is pulled out in a bag.",
        documentation="Write where the ports stood and whether the appendix had burst.",
        edition=edition,
    )


DOCUMENTS: dict[str, str] = {
    "20970.md": _flap("20970", "iliac crest", "through a cut along the rim of the hip", "hip bone"),
    "20972.md": _flap("20972", "metatarsal", "on the top of the foot", "a long bone of the middle of the foot"),
    "20973.md": _flap("20973", "great toe", "through the web space beside it", "the big toe"),
    "44970-2025.md": _appendix("2025", "The stump is closed with one stapler of the older kind."),
    "44970-2026.md": _appendix("2026", "The stump is closed with clips of the newer kind."),
    "44950.md": page(
        "44950",
        "Removal of the appendix through an open cut",
        "appendix",
        short="The appendix is taken out through one open cut in the right lower belly, without a camera.",
        guidelines="When another abdominal operation goes on through the same cut, it is part of that operation.",
        modifiers="Modifier 22 fits when dense scars made the work much harder.",
        simple="The surgeon opens the lower right side of the belly and takes out the appendix.",
        full="A muscle splitting cut is made, the mesoappendix is tied, and the stump is buried.",
        documentation="Describe the cut, the look of the appendix, and any pus that was washed out.",
    ),
    "64721.md": page(
        "64721",
        "Release of the median nerve at the wrist, open",
        "wrist nerve release",
        short="The ligament over the carpal tunnel is divided through an open cut, so that the median nerve is free.",
        guidelines="Freeing the nerve from scars in the same tunnel is included.",
        modifiers="RT and LT name the wrist; modifier 50 tells that both wrists were done.",
        simple="A tight band at the wrist is cut so that the fingers stop tingling.",
        full="The palm is opened, the transverse ligament is divided under sight, and the nerve is inspected.",
        documentation="Record the wrist, the length of the cut, and that the whole ligament was divided.",
    ),
    "guide-wrist.md": (
        "---\nid: guide-wrist-2025\ntitle: Splints and aftercare of the wrist\nedition: '2025'\n---\n\n"
        "# Splints and aftercare of the wrist\n\n## Splinting after surgery\n"
        "A plaster splint put on in the operating room is part of the operation. A removable splint fitted at a later "
        "visit is billed with L3908 by whoever supplies it.\n\n"
        "## Removing stitches\nTaking out sutures within the global period is not billed apart.\n"
    ),
    "glossary.md": (
        "---\nid: guide-glossary-2025\ntitle: Glossary of abbreviations\nedition: '2025'\n---\n\n"
        "# Glossary of abbreviations\n\n## Operations\n- **CTR**: carpal tunnel release.\n"
        "- lap appy: removal of the appendix through a laparoscope.\n- L/A: local anesthesia.\n"
    ),
    "supplies-2025.csv": (
        "HCPCS code,Description,Price\n"
        'E0100,"Cane of any material, adjustable or fixed, with a single tip",20\n'
        "E0105,Cane with three or four prongs at its foot,40\n"
        "E0110,Pair of forearm crutches with tips and handgrips,60\n"
        "E0130,Rigid walker without wheels,55\n"
        "E0141,Rigid walker with wheels,80\n"
        "E0250,Hospital bed of fixed height with side rails and a mattress,900\n"
    ),
}


def write_corpus(folder: Path, names: tuple[str, ...] = tuple(DOCUMENTS)) -> Path:
    """The documents, or some of them, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(DOCUMENTS[name], encoding="utf-8")
    return folder
