"""The bare parts over the same rows: ONNX Runtime, FAISS and tantivy, their rankings joined, and nothing else."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from asking import Answer, main


class Model:
    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._inputs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["inputs"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(256)
        self._tokenizer.enable_padding()
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        vectors = np.zeros((len(texts), 384), np.float32)
        for at in range(0, len(order), 32):
            rows = order[at : at + 32]
            encoded = self._tokenizer.encode_batch([texts[row] for row in rows])
            ids = np.array([one.ids for one in encoded], np.int64)
            mask = np.array([one.attention_mask for one in encoded], np.int64)
            feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            vectors[rows] = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        return vectors


def index(folder: Path, model: str, rows: Sequence[tuple[str, str]]) -> None:
    import faiss
    import tantivy

    texts = [text for _, text in rows]
    nearest = faiss.IndexFlatIP(384)
    nearest.add(Model(Path(model)).embed(texts))
    faiss.write_index(nearest, str(folder / "parts.faiss"))
    (folder / "parts").mkdir()
    schema = (
        tantivy.SchemaBuilder().add_unsigned_field("row", stored=True).add_text_field("text", tokenizer_name="en_stem")
    )
    words = tantivy.Index(schema.build(), path=str(folder / "parts"))
    writer = words.writer()
    for row, text in enumerate(texts):
        writer.add_document(tantivy.Document(row=row, text=text))
    writer.commit()
    writer.wait_merging_threads()
    (folder / "parts.json").write_text(json.dumps([code for code, _ in rows]), encoding="utf-8")


def open_index(folder: Path, model: str) -> Answer:
    import faiss
    import tantivy

    embedder = Model(Path(model))
    nearest = faiss.read_index(str(folder / "parts.faiss"))
    words = tantivy.Index.open(str(folder / "parts"))
    codes = json.loads((folder / "parts.json").read_text(encoding="utf-8"))

    def answer(query: str) -> list[str]:
        near = nearest.search(embedder.embed([query]), 50)[1][0].tolist()
        searcher = words.searcher()
        parsed, _ = words.parse_query_lenient(query, ["text"])
        worded = [searcher.doc(address)["row"][0] for _, address in searcher.search(parsed, 50).hits]
        score: dict[int, float] = {}
        for ranking in (near, worded):
            for rank, row in enumerate(ranking, start=1):
                score[row] = score.get(row, 0.0) + 1 / (60 + rank)
        return [codes[row] for row in sorted(score, key=lambda row: -score[row])[:10]]

    return answer


if __name__ == "__main__":
    main(index, open_index)
