"""Where in a text the words of a search stand, for pages to mark (`tasks.words` says what is
found).

What is compared is not what is shown: `Straße` is found as `strasse`, and `e` with an accent behind
it is one letter. So a text is taken in pieces, each of which can be written by itself, and whatever
is written knows the piece that it came from.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from taskapp.tasks.words import UNIT_LENGTH, Run, folded, runs_of, written

Span = tuple[int, int]  # where it begins, and where it has ended

_RUN, _UNIT = re.compile("[^ ]+"), re.compile("[^\n]+")


def find_hits(text: str, q: str) -> list[Span]:
    """The parts of `text` that a search for `q` finds, in order, none touching another."""
    hits: list[Span] = []
    for hit in sorted(_matches(text, set(runs_of(q)))):
        if hits and hit[0] <= hits[-1][1]:
            hits[-1] = hits[-1][0], max(hits[-1][1], hit[1])
        else:
            hits.append(hit)
    return hits


def _matches(text: str, wanted: set[Run]) -> Iterator[Span]:
    pieces = [(place, _written(text[slice(*place)])) for place in _pieces(text)]
    letters = "".join(piece for _, piece in pieces)
    places = [place for place, piece in pieces for _ in piece]
    for run in _RUN.finditer(letters):
        units = list(_UNIT.finditer(letters, run.start(), run.end()))
        for number in range(len(units)):
            for want in wanted:
                found = units[number : number + len(want)]
                if _is_found([unit.group()[:UNIT_LENGTH] for unit in found], want):
                    last = found[-1].start() + len(want[-1]) - 1
                    yield places[found[0].start()][0], places[last][1]


def _is_found(units: Sequence[str], wanted: Run) -> bool:
    """Whether these are the units that are wanted, of which the last need only be the beginning."""
    *others, last = wanted
    return len(units) == len(wanted) and units[:-1] == others and units[-1].startswith(last)


def _pieces(text: str) -> Iterator[Span]:
    """The smallest parts of a text that fold by themselves as they do together: mostly letters."""
    if "".join(map(_folded, text)) == folded(text):
        yield from pairwise(range(len(text) + 1))
        return
    first = 0
    for last in range(1, len(text) + 1):
        before, following = text[first:last], text[last : last + 1]
        if _folded(before + following) == _folded(before) + _folded(following):
            yield first, last
            first = last


@lru_cache(maxsize=4096)
def _folded(piece: str) -> str:
    return folded(piece)


@lru_cache(maxsize=4096)
def _written(piece: str) -> str:
    return written(folded(piece))
