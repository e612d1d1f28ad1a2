"""Keeps the axes beside the library: a cache, with a stamp of what it was built from."""

import io
import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.pcs.axes import Axes
from assistant.retrieval.pcs.phrases import Phrases

_NAME = "axes.npz"
# Raised when the arrays or their meaning change.
_FORMAT = 1
_ARRAYS = (
    "keys", "starts", "surgical", "table_of", "part_of", "operation_of", "group_of", "device_of", "qualifier_of",
    "approach_of", "flags", "tables_mean", "parts_mean", "prefix_ranges", "weights",
)  # fmt: skip


def save_axes(folder: Path, axes: Axes | None, stamp: str) -> None:
    """Writes the axes and their stamp; None where the library has none, so that nobody looks again."""
    folder.mkdir(parents=True, exist_ok=True)
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
    data = buffer.getvalue()
    partial = folder / f"{_NAME}.{os.getpid()}.partial"
    partial.write_bytes(zlib.crc32(data).to_bytes(4, "little") + data)
    partial.replace(folder / _NAME)


def load_axes(folder: Path, stamp: str) -> tuple[bool, Axes | None]:
    """(whether what is kept has the stamp, the axes); (False, None) where it is missing, older or damaged."""
    try:
        data = (folder / _NAME).read_bytes()
        if len(data) < 5 or zlib.crc32(data[4:]) != int.from_bytes(data[:4], "little"):
            return False, None
        with np.load(io.BytesIO(data[4:]), allow_pickle=False) as kept:
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
