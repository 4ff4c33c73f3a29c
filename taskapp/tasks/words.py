"""Words: what a search finds, the same on every database.

A text is cut into **runs** by whatever is neither a letter nor a symbol: blanks and punctuation.
Letters are Unicode's letters, marks and digits, and `%` and `_` (contract §3); characters that
cannot be seen are passed over. A run is cut again into **units**: each symbol (`+`, `€`, emoji) and
each character of a script that is written without blanks is a unit by itself, and the letters
between them make one together. So `C++` is the units c, +, +, and `iPhone手机` is iphone, 手, 机.

A search finds a text when each of its runs stands somewhere in it: its units one after the other
within one run of the text, each equal, but the last need only be the beginning. Hence a word is
found by itself or by its beginning, Chinese or Thai by any part. A search without a single letter
or symbol finds everything.

Case does not matter, nor do compatibility forms such as full-width letters (NFKC, case folding);
accents do. The four Turkish i are one letter, for `I` is a capital of two of them.

`search_text` writes a text as its runs, `" __iphone __手 __机."`, and the text is found when
`" __手"` is part of that: a LIKE, which decides on every database. Before it, each database's own
index narrows the rows (migration 0004). `__` makes every unit long enough for MySQL, which does not
index words of one or two letters, and keeps it off its list of words too common to be indexed.
"""

import re
import unicodedata
from collections.abc import Iterator

# What comes after this many letters of a unit is not looked at; MySQL ends its words at 84.
UNIT_LENGTH = 64
_MARK, _END = " __", "."

Run = tuple[str, ...]

# Scripts that are written without blanks between words, by first and last character: from Thai and
# Lao to the ideographs, kana and bopomofo of East Asia. Korean and Tibetan part their words.
_PARTS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fff"
    "\u3005-\u3007\u3021-\u3029\u3031-\u303c\u3041-\u312f\u31a0-\u4dff\u4e00-\ua4cf\ua980-\ua9ff"
    "\uaa60-\uaadf\uf900-\ufaff\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)
_TURKISH_I = re.compile("\u0131|i\u0307")  # without a dot, and with one of its own


class _Classes(dict[int, str]):
    """What becomes of each character: a table for str.translate that fills itself."""

    def __missing__(self, code: int) -> str:
        char, category = chr(code), unicodedata.category(chr(code))
        if category == "Cf" or 0xFE00 <= code <= 0xFE0F:  # joiners, hyphens, variation selectors
            written = ""
        elif char in "%_":
            written = char
        elif category[0] in "PZ" or category in {"Cc", "Cs"}:
            written = " "
        elif category[0] == "S" or category == "Cn" or _PARTS.match(char):  # Cn: emoji to come
            written = f"\n{char}\n"
        else:
            written = char
        if code <= 0xFFFF:  # what is kept stays small, whatever is sent
            self[code] = written
        return written


_CLASSES = _Classes()


def search_text(*texts: str | None) -> str:
    """The distinct runs of the texts, written as the database stores them."""
    runs = dict.fromkeys(run for text in texts if text for run in runs_of(text))
    return "".join(f"{pattern_of(run)}{_END}" for run in runs)


def pattern_of(run: Run) -> str:
    """What the stored text of every row that has this run contains."""
    return "".join(f"{_MARK}{unit}" for unit in run)


def marked(unit: str) -> str:
    """A unit as the word that the databases' own indexes see."""
    return f"{_MARK}{unit}".strip()


def runs_of(text: str) -> Iterator[Run]:
    """The runs of a text, each as its units."""
    for run in written(folded(text)).split(" "):
        if units := tuple(unit[:UNIT_LENGTH] for unit in run.split("\n") if unit):
            yield units


def written(letters: str) -> str:
    """Folded letters with a blank between runs, and lines between the units of one."""
    return letters.translate(_CLASSES)


def folded(text: str) -> str:
    """The form in which letters are compared."""
    caseless = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _TURKISH_I.sub("i", caseless)
