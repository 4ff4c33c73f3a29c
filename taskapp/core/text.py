"""What text may be stored, which numbers it holds, and how names are compared."""

import re
import unicodedata

from taskapp.core.types import LARGEST_ID

KEY_LENGTH = 100

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DIGITS = re.compile("[0-9]{1,19}")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL (PostgreSQL), no lone surrogate (UTF-8)."""
    return _UNSTORABLE.search(text) is None


def whole_number(text: str, most: int = LARGEST_ID) -> int | None:
    """The number from 0 to `most` that stands there in ASCII digits alone, at most 19; else None.

    Python's own `int` takes digits of every script, blanks, signs and underscores too, and raises
    for more than 4,300 digits.
    """
    number = int(text) if _DIGITS.fullmatch(text) else None
    return None if number is None or number > most else number


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
