"""What text may be stored, and how names are compared."""

import re
import unicodedata

KEY_LENGTH = 100

_UNSTORABLE = {"\x00"}
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return not any(char in _UNSTORABLE or "\ud800" <= char <= "\udfff" for char in text)


def comparison_key(text: str) -> str:
    """The form in which names are compared and sorted: without case, NFKC, single blanks.

    Unicode's caseless matching (The Unicode Standard, section 3.13, D146). Done here and stored,
    because collations differ from database to database: they compare and sort these keys byte by
    byte, and as no key ends in a blank or holds a control character, MySQL's habit of padding with
    blanks changes nothing.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BLANKS.sub(" ", folded).strip()


def stored_key(text: str) -> str:
    """The comparison key as columns of KEY_LENGTH characters hold it: longer ones are cut."""
    return comparison_key(text)[:KEY_LENGTH].rstrip()
