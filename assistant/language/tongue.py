"""Tells in which language a text is, where that is plain; and says in that language that the documents are English."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# So sure must the model be: then, of 9,400 questions in English, codes and abbreviations among them, one that holds a
# sentence of Spanish is taken for another language.
_SURE = 0.95
ENGLISH = "en"
# What is said to a question in each language that is looked for.
ASK_IN_ENGLISH = {
    "ar": "مستنداتك باللغة الإنجليزية، لذا اطرح سؤالك بالإنجليزية.",
    "de": "Ihre Dokumente sind auf Englisch. Bitte fragen Sie auf Englisch.",
    "es": "Sus documentos están en inglés. Haga la pregunta en inglés.",
    "fr": "Vos documents sont en anglais. Posez votre question en anglais.",
    "it": "I suoi documenti sono in inglese. Faccia la domanda in inglese.",
    "ja": "文書は英語です。英語で質問してください。",
    "ko": "문서가 영어로 되어 있습니다. 영어로 질문해 주세요.",
    "pl": "Dokumenty są po angielsku. Proszę zadać pytanie po angielsku.",
    "pt": "Seus documentos estão em inglês. Faça a pergunta em inglês.",
    "ru": "Ваши документы на английском языке. Задайте вопрос по-английски.",
    "tl": "Nasa Ingles ang iyong mga dokumento. Magtanong po sa Ingles.",
    "uk": "Ваші документи англійською мовою. Поставте запитання англійською.",
    "vi": "Tài liệu của bạn bằng tiếng Anh. Vui lòng hỏi bằng tiếng Anh.",
    "zh": "您的文件是英文的，请用英文提问。",
}


def foreign_language(text: str) -> str | None:
    """The tag of the language that a text is plainly in, if it is not English; None where that is not sure."""
    tag, sure = _identifier().classify(text)
    return tag if tag != ENGLISH and sure >= _SURE else None


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([ENGLISH, *ASK_IN_ENGLISH])
    return found
