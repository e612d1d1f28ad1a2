"""The axes as bytes to be kept beside the library, with a stamp of what they were built from."""

import io
import json
import zipfile

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.pcs.axes import Axes
from assistant.retrieval.pcs.phrases import Phrases

# Raised when the arrays or their meaning change.
_FORMAT = 1
_ARRAYS = (
    "keys", "starts", "surgical", "table_of", "part_of", "operation_of", "group_of", "device_of", "qualifier_of",
    "approach_of", "flags", "tables_mean", "parts_mean", "prefix_ranges", "weights",
)  # fmt: skip


def axes_bytes(axes: Axes | None, stamp: str) -> bytes:
    """The axes and their stamp; None where the library has none, so that nobody looks again."""
    facts: dict[str, object] = {"format": _FORMAT, "stamp": stamp, "none": axes is None}
    arrays: dict[str, NDArray[np.generic]] = {}
    if axes is not None:
        facts |= {
            "codes": "".join(axes.codes),
            "operations": axes.operations,
            "vocabulary": list(axes.vocabulary),
            "rare": axes.rare,
            "phrases": list(axes.phrases),
        }
        arrays = {name: getattr(axes, name) for name in _ARRAYS}
        for name, phrases in axes.phrases.items():
            arrays |= phrases.arrays(name)
    buffer = io.BytesIO()
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's types take any name for its own `allow_pickle`
    return buffer.getvalue()


def read_axes(data: bytes | None, stamp: str) -> tuple[bool, Axes | None]:
    """(whether what was kept has the stamp, the axes); (False, None) where it is missing, older or damaged."""
    if data is None:
        return False, None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            facts = json.loads(kept["facts"].tobytes())
            if facts["format"] != _FORMAT or facts["stamp"] != stamp:
                return False, None
            if facts["none"]:
                return True, None
            arrays = {name: kept[name] for name in kept.files if name != "facts"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False, None
    codes = facts["codes"]
    axes = Axes(
        **{name: arrays[name] for name in _ARRAYS},
        codes=tuple(codes[at : at + 7] for at in range(0, len(codes), 7)),
        operations=tuple(facts["operations"]),
        vocabulary={term: number for number, term in enumerate(facts["vocabulary"])},
        rare=facts["rare"],
        phrases={name: Phrases.of_arrays(name, arrays) for name in facts["phrases"]},
    )
    return True, axes
