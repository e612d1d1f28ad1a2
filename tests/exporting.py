"""Exports models and compares them with sentence-transformers, in a process of its own: it imports torch.

Usage: python exporting.py CACHE MODEL…; prints a JSON object by model.
"""

import json
import sys
from pathlib import Path

import numpy as np

from assistant.embedding import load_embedder
from assistant.embedding.shipped import source_of

TEXTS = (
    "",
    "a",
    "20972",
    "Free osteocutaneous flap with microvascular anastomosis; metatarsal",
    "Bypass Cerebral Ventricle to Nasopharynx with Autologous Tissue Substitute, Open Approach",
    "naïve café – ½ µg, “quoted” 漢字 🙂",
    "The knee was opened and the torn meniscus trimmed back to a stable rim. " * 8,
)


def main() -> None:
    from sentence_transformers import SentenceTransformer

    found = {}
    for model in sys.argv[2:]:
        exported = load_embedder(model, Path(sys.argv[1]))
        original = SentenceTransformer(source_of(model), device="cpu", local_files_only=True).float()
        expected = original.encode(list(TEXTS), normalize_embeddings=True, prompt="", show_progress_bar=False)
        cosines = np.sum(np.asarray(expected) * exported.embed(TEXTS), axis=1)
        tokens = [len(original.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in TEXTS]
        found[model] = {
            "cosines": cosines.tolist(),
            "tokens": tokens,
            "counted": [exported.count_tokens(text) for text in TEXTS],
            "max_tokens": [original.max_seq_length, exported.max_tokens],
            "dimension": exported.dimension,
            "name": exported.name,
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
