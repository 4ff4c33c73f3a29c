"""What text may be stored, and how names are compared."""

import unicodedata

_UNSTORABLE = {"\x00"}


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return not any(char in _UNSTORABLE or "\ud800" <= char <= "\udfff" for char in text)


def comparison_key(text: str) -> str:
    """The form in which names are compared: without case and outer blanks, NFKC.

    Unicode's caseless matching (The Unicode Standard, section 3.13, D146). Done here and stored,
    because collations differ from database to database.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
