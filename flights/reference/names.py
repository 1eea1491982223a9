"""Names as people type them, brought to one spelling for comparing. Pure."""

import re
import unicodedata

_NOISE = re.compile(r"\bairports?\b")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def plain(text: str) -> str:
    """Lower case without accents and punctuation, and without the word "airport".

    >>> plain("Aéroport d'Orly"), plain("Charles-de-Gaulle  Airport")
    ('aeroport d orly', 'charles de gaulle')
    """
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ø", "o").replace("ı", "i"))
    ascii_only = "".join(each for each in letters if not unicodedata.combining(each))
    words = _NOT_A_WORD.sub(" ", ascii_only).strip()
    return " ".join(_NOISE.sub(" ", words).split()) or words


def code_of(text: str | None) -> str:
    """A code in upper case without spaces around it; empty when there is none."""
    return (text or "").strip().upper()
