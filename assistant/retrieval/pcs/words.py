"""What surgeons and older classifications call the operations, parts and approaches of ICD-10-PCS."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

Terms = Callable[[str], list[str]]

# What a title says without meaning anything by it: "Other operations on the stomach, not elsewhere classified".
FILLING = (
    "other unspecified not otherwise specified elsewhere classified classifiable nos nec nes and or of the with "
    "without for to in on by from as a an at using via into any site sites operation operations procedure procedures"
)
SIDES = "right left bilateral"
_WORD = re.compile(r"[^\W\d_]+")
# The first operation named for a word is the likeliest.
_LIKELY = (1.0, 0.7, 0.5, 0.4)
_PREFIXES = (
    "", "ante", "auto", "bi", "circum", "cryo", "de", "dys", "electro", "endo", "epi", "exo", "extra", "hemi", "hyper",
    "hypo", "infra", "inter", "intra", "juxta", "laser", "lith", "mega", "micro", "mono", "pan", "para", "percutaneous",
    "peri", "photo", "poly", "post", "pre", "re", "retro", "sub", "supra", "thermo", "trans", "uni",
)  # fmt: skip
_PROCEDURES = (
    "orrhaphy", "rrhaphy", "centesis", "therapy", "clasis", "desis", "ectomy", "graphy", "ostomy", "otomy", "plasty",
    "scopy", "tripsy", "lysis", "metry", "stomy", "gram", "pexy", "tomy",
)  # fmt: skip
_ENDINGS = (
    "itis", "osis", "atic", "cele", "eal", "ial", "ian", "ine", "ior", "ism", "oid", "oma", "ous", "ac", "al", "ar",
    "ary", "es", "ic", "is", "on", "um", "us", "a", "e", "s", "y", "",
)  # fmt: skip
_SHORT = 4
_CLEAR = frozenset((*_PROCEDURES, "al", "ar", "ary", "ic"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The three lists, as `terms` cuts their words."""

    operations: tuple[tuple[frozenset[str], tuple[str, ...]], ...]
    endings: tuple[tuple[str, tuple[str, ...]], ...]
    roots: Mapping[str, str]
    approaches: tuple[tuple[str, re.Pattern[str]], ...]

    def operations_in(self, text: str, terms: Terms) -> dict[str, float]:
        """Which operations the words of a text speak of, and how likely they mean each (0 to 1)."""
        words = set(terms(text))
        hits = [(phrase, named) for phrase, named in self.operations if phrase <= words]
        said = [named for phrase, named in hits if not any(phrase < other for other, _ in hits)]
        for word in _WORD.findall(text.lower()):
            said += [named for ending, named in self.endings if word.endswith(ending) and word != ending][:1]
        found: dict[str, float] = {}
        for named in said:
            for operation, likely in zip(named, _LIKELY, strict=False):
                found[operation] = max(found.get(operation, 0.0), likely)
        return found

    def parts_in(self, text: str) -> list[str]:
        """What the roots of a text's words mean: "kidney", "pelvis" for "pyeloscopy"."""
        found: dict[str, None] = {}
        for word in _WORD.findall(text.lower()):
            for root in _roots(word, self):
                found.update(dict.fromkeys(self.roots[root].split()))
        return list(found)

    def approaches_in(self, text: str) -> frozenset[str]:
        """Which approaches a text speaks of, such as "endoscopic" or "natural"; and whether it is "diagnostic"."""
        return frozenset(name for name, cue in self.approaches if cue.search(text))

    def __hash__(self) -> int:
        return id(self)


@lru_cache(maxsize=8_192)
def _roots(word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The roots that a word is made of, between a prefix and an ending; none for a word of another kind."""
    if len(word) < 4:
        return ()
    for prefix in (prefix for prefix in _PREFIXES if word.startswith(prefix)):
        rest = word[len(prefix) :]
        for ending in (ending for ending in (*_PROCEDURES, *_ENDINGS) if rest.endswith(ending)):
            stem = rest[: len(rest) - len(ending)]
            for root in (stem, stem[:-1] if stem[-1:] in tuple("oia") else ""):
                found = _joined(root, vocabulary.roots) if len(root) > 1 else None
                if found and (len(root) > 3 or ending in _CLEAR):
                    return found
    return ()


def _joined(text: str, roots: Mapping[str, str]) -> tuple[str, ...] | None:
    """The text as roots joined by a vowel or by nothing, the longest first; None where it is not made of them."""
    if not text:
        return ()
    for end in range(len(text), 1, -1):
        if text[:end] not in roots:
            continue
        for start in {end, end + 1} if text[end : end + 1] in tuple("oai") else {end}:
            rest = _joined(text[start:], roots)
            if rest is not None:
                return (text[:end], *rest)
    return None


def load_vocabulary(terms: Terms) -> Vocabulary:
    """The lists of `assistant/data`, their words cut to terms."""
    empty = frozenset(("of", "and", "the"))
    operations, endings = [], []
    for said, named in _rows("operations.tsv"):
        if said.startswith("-"):
            endings.append((said[1:], tuple(named.split("; "))))
        else:
            operations.append((frozenset(terms(said)) - empty, tuple(named.split("; "))))
    cues: dict[str, list[str]] = {}
    for said, approach in _rows("approaches.tsv"):
        cues.setdefault(approach, []).append(_cue(said))
    return Vocabulary(
        tuple(operations),
        tuple(sorted(endings, key=lambda pair: (-len(pair[0]), pair[0]))),
        dict(_rows("anatomical_roots.tsv")),
        tuple((approach, re.compile("|".join(found), re.IGNORECASE)) for approach, found in sorted(cues.items())),
    )


def _cue(said: str) -> str:
    """An ending, the beginning of a word or, where it is short, a whole word."""
    if said.startswith("-"):
        return rf"\w+{said[1:]}\b"
    return rf"\b{said}" if len(said) > _SHORT else rf"\b{said}\b"


def _rows(name: str) -> Iterator[tuple[str, str]]:
    text = files("assistant.retrieval.pcs").joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            said, _, meaning = line.partition("\t")
            yield said, meaning
