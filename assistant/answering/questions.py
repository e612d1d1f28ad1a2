"""Reads a query: the codes it names, those the library lacks, and the section of a code page it is after."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.language.presuppositions import CODE, read_premise
from assistant.types.codes import Code, CodeSystem, Mention, find_codes, readings

_MODIFIER = (
    r"(?:2[2-7]|3[23]|4[07]|5[0-9]|6[236]|7[346789]|8[0-2]|9[0159]|AS|GC|GY|GA|KX|LT|RT|TC|QX|X[EPSU]|[EFT][1-9]|[FT]A)"
)
_GOES_ON = r"(?:on|or|to|for|and|with|when|if|twice)\b"
_CARER = r"(?:surgeon|doctor|physician|urologist|obstetrician|operator|provider|clinician|endoscopist|practice)"
_PAYER = r"(?:payers?|payors?|insurers?|insurance|plans?|carriers?|medicare|medicaid)"
_AUDIENCE = (
    r"(?:an?|the|my|our|your) (?:\w+ )?(?:lay(?:man|woman|person|people)|patients?|mum|mom|dad|wife|husband|family|"
    r"(?:grand)?(?:mother|father|parents?|ma|pa)|beginners?|kids?|child)"
)
# Words of a question -> the section that answers it, the most telling first. A section's own name is one of them.
_CUES: tuple[tuple[str, str], ...] = (
    (
        "modifiers",
        r"modifiers?|two digits?|RT|LT|-\d\d|"
        rf"(?:append|attach|add|put|use|with|for|an?|as|send) (?:an? )?-?{_MODIFIER}(?= *(?:[?.,;]|$|{_GOES_ON}))|"
        rf"{_MODIFIER}(?= (?:or|and|vs|versus) {_MODIFIER}\b)|"
        rf"(?:or|and|vs|versus) {_MODIFIER}(?= *(?:[?.,;]|$|when\b))|"
        r"assistant(?:'s)? (?:surgeon|at surgery)|bilateral(?:ly)?",
    ),
    (
        "documentation",
        r"document\w*|record(?:ed|s|ing)?|chart\w*|dictat\w*|(?:op|operative|operation|surgical|surgeon's) ?(?:note|"
        r"report)s?|paperwork|write-?up|(?:the|my|our|his|her|an?) (?:\w+ )?(?:notes?|reports?)|on paper|in writing|"
        r"written down|write down",
    ),
    (
        "medical-necessity",
        r"(?:medical(?:ly)? )?necess\w+|indicat\w+|justif\w+|covered|coverage|criteria|medically|medical need|denials?|"
        r"denied|qualif\w+|eligib\w+|candidates?|approv\w+|authori[sz]\w+|pre-?cert\w*|tried first|conservative|"
        rf"{_PAYER}(?: \w+)? (?:pays?|covers?|accepts?|approves?|refus\w+|rejects?|den(?:y|ies)|wants?)(?: for)?|"
        r"who (?:needs|gets|should (?:have|get))|reasons? (?:to do|to have|for doing)",
    ),
    (
        "notes",
        r"global(?: (?:period|days?|package|surgery))*|follow-?ups?|post-?op\w*|after-?care|days of (?:care|cover)|"
        r"later visits?",
    ),
    (
        "plain-language",
        r"(?:simple|plain|easy|ordinary|everyday|normal|common|non-?technical|patient)[ -](?:words?|terms?|language|"
        r"english|speech)|simply|plainly|lay[ -]?(?:terms?|language|words?|english)|laym[ae]n(?:'s)?(?: terms)?|"
        rf"(?:no|without) jargon|(?:explain|describe|tell|say|put|break)\b[^?.;]{{0,80}}? (?:to|for) {_AUDIENCE}|"
        rf"to {_AUDIENCE}|non-?medical",
    ),
    (
        "examples",
        r"examples?|scenario\w*|vignettes?|(?:sample|typical|example|real|textbook)(?: \w+)? cases?|case stud\w+|"
        r"illustrat\w+|for instance|sample",
    ),
    (
        "clinical-responsibility",
        rf"responsib\w+|{_CARER}s? (?:actually |really |have to )?do|work of the {_CARER}|dut(?:y|ies)|"
        rf"{_CARER}(?:'s)? (?:role|job|part|tasks?|work)|who does what",
    ),
    (
        "guidelines",
        r"guidelines?|guidance|(?:un)?bundl\w+|includ\w+|separate(?:ly)?|together|same (?:time|session|day)|add-?on|"
        r"rules?|(?:report|bill|cod)(?:ed|ing)? (?:with|alongside|next to)|on top(?: of)?|by itself|stand-?alone|"
        r"(?:its|their) own(?: line)?|packag\w+|(?:inside|within|already in|in) (?:it|there|the (?:code|price))|"
        r"part of|instead of|(?:rather|other) than|versus|vs|differ\w*|distinguish\w*|tell\w* apart|"
        r"compared? (?:to|with)",
    ),
    (
        "important",
        r"important|caution\w*|warning\w*|pitfalls?|mistakes?|watch(?: out)?|traps?|never|avoid|careful|errors?",
    ),
    (
        "full-description",
        r"how is|how do(?:es)?|steps?|step[ -]by[ -]step|technique|performed|describe|full description|walk me through|"
        r"in detail",
    ),
    (
        "short-description",
        r"what is|what's|what does|what are|mean\w*|stands? for|defin\w+|description|title|describes?|called",
    ),
)
# Words by which people ask about a code, name who asks, or speak of claims in general: no subject of their own, so that
# a page need not hold them. What a query is after beside its code stands in the others.
_ASKING = frozenset(
    "actual actually add adding addition additional additionally allow allowed allows alone already alright always "
    "anybody anyone anything appeal applicable applies apply applying appropriate ask asked asking assign assigned "
    "audit audited auditor auditors basic basically basics beginner beginners belong belongs besides billable biller "
    "billers boss brief briefly bring brings call carrier carriers case cases change changes charge chargeable "
    "charged charges charging check chief choose chosen circumstances cite claim claimed claiming claims clarify "
    "clear clerk clerks client clients clinic codable coder coders colleague colleagues come comes common commonly "
    "confirm confused correct correctly count counted counts customer daughter deny depend depends detail details "
    "difference different double doubled else elsewhere enough entry everybody everyone everything exactly expect "
    "expected expects extra fact facts family father file filed find finding findings fine fit generally gist given "
    "goes guess happen happens help helps hold holds husband idea info inform information inside insurer insurers "
    "intern item items keep kid kind kinds know lay layman layperson leaflet learn least let letter letters line "
    "lines list listed listing look looked looking lookup main manager matter matters mention mom mother mum name "
    "named new newbie newcomer note notes number occasion office ok okay old ordinary outside overview paragraph "
    "parent parents part particular parts patient patients payable payer payers payor payors people permitted person "
    "phrase phrased place plan plans please point points possible practice proper properly put putting question "
    "questions quick quickly read reading really reason reasons refuse refused refuses regard regarding reject "
    "rejected rejects remind reportable require required requirement requirements requires review reviewer rid right "
    "role secretary see seen send sending sends sent sentence show showing shows situation situations somebody "
    "someone something son sort sorts specific specifically staff stand stands state stated states still student "
    "students submit submitted sum summarise summarize summary support supported supports talk teach team thing "
    "things think through together told topic totally trainee trainees translate true twice type types typical "
    "typically understand understanding unit units unsure usual usually valid verify want wanted wants way ways wife "
    "wonder wondering work works write writing written wrong".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Asks for another code, which is added to the one that it names.
_BESIDE = re.compile(
    rf"\badd-?ons?\b[^.;?!]{{0,60}}?\b(?:for|to|with|when|after|on|beside|behind|past|beyond|follows?)\b"
    rf"[^.;?!]{{0,60}}?{CODE}|"
    rf"\b(?:primary|base|parent)(?: code| procedure)? (?:is|was) {CODE}",
    re.IGNORECASE,
)
_COMPILED = tuple((section, re.compile(rf"(?<![\w-])(?:{cue})(?!\w)", re.IGNORECASE)) for section, cue in _CUES)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as read. `rest` is its text without the codes, the words that name a section and those of asking.

    `granted` is what it takes for granted of a code it names, `wanted` the thing it asks for, in the words of `rest`.
    `beside` is not empty where it asks for the add-on of a code: then its text, in which `CODE` stands for that code.
    """

    held: tuple[Code, ...]
    lacking: tuple[Code, ...]
    sections: tuple[str, ...]
    rest: str
    granted: str = ""
    wanted: str = ""
    beside: str = ""


def read_question(text: str, systems: Sequence[CodeSystem], held: Callable[[Sequence[Code]], set[Code]]) -> Question:
    """Reads a query; `held` tells which of some codes the library has.

    A code written by itself counts in any writing; inside a sentence, one that could be an ordinary number or word
    counts only if the library holds it.
    """
    whole = readings(text, systems)
    if whole:
        here = held(whole)
        certain = {m.code for m in find_codes(text.upper(), systems) if m.certain}
        if here or certain & set(whole):
            found = tuple(code for code in whole if code in here)
            return Question(found, () if found else tuple(c for c in whole if c in certain)[:1], (), "")
    mentions = [mention for mention in _mentions(text, systems) if len(mention.code.value) > 2]
    here = held([mention.code for mention in mentions])
    places = {(mention.start, mention.end) for mention in mentions if mention.code in here}
    lacking = [m.code for m in mentions if m.certain and (m.start, m.end) not in places]
    rest = text
    for start, end in sorted(places, reverse=True):
        rest = f"{rest[:start]} {CODE} {rest[end:]}"
    premise = read_premise(rest if places else "")
    beside = " ".join(rest.split())
    rest = rest.replace(CODE, " ")
    sections = tuple(section for section, cue in _COMPILED if cue.search(rest))
    found = tuple(dict.fromkeys(mention.code for mention in mentions if mention.code in here))
    asks_beside = len(found) == 1 and _BESIDE.search(beside)
    return Question(
        found,
        tuple(dict.fromkeys(lacking)),
        sections,
        _without_asking(rest),
        _without_asking(premise.granted),
        _without_asking(premise.wanted),
        beside if asks_beside else "",
    )


def _without_asking(text: str) -> str:
    """What is left of a text without the words that name a section and those of asking."""
    for _, cue in _COMPILED:
        text = cue.sub(" ", text)
    return _WORD.sub(lambda match: " " if match.group().lower() in _ASKING else match.group(), text)


def _mentions(text: str, systems: Sequence[CodeSystem]) -> tuple[Mention, ...]:
    """Codes in a text, also in lower case: there they count only if the library holds them."""
    found = find_codes(text, systems)
    upper = text.upper()
    if upper == text or len(upper) != len(text):
        return found
    seen = {(mention.start, mention.end) for mention in found}
    return found + tuple(
        replace(mention, certain=False)
        for mention in find_codes(upper, systems)
        if (mention.start, mention.end) not in seen
    )
