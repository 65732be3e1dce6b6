"""The pieces of a filter: names, numbers, texts in quotes, signs, and words that are no names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sefd_viewer.app.filter_words import FilterError, Vocabulary
from sefd_viewer.app.people_table import PeopleColumn

TokenKind = Literal["name", "number", "string", "word", "sign", "end"]
NodeKind = Literal["condition", "number", "text", "word", "column"]
COMPARISONS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=", ":")
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^']|'')*'|"[^"]*")
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))
    |(?P<name>[^\W\d]\w*|\d+\w+)
    |(?P<sign><>|!=|<=|>=|==|\|\||[=<>:+\-*/%(),;\u2212\u2013]))""",
    re.VERBOSE,
)
_CHUNK = re.compile(r"""[^\s"'()<>=!:,|+*]+""")
_PIECE = re.compile(r"[^\W\d]\w*|\d+\w*|\.")
COMPARED = re.compile(r"\s*(?:[<>=!:+*(|]|(?:not\s+)?(?:between|in|is|i?like)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A piece of the filter, its place, and whether blanks stand before it."""

    kind: TokenKind
    text: str
    start: int
    end: int
    spaced: bool

    @property
    def lower(self) -> str:
        """The text of a name or sign in small letters."""
        return self.text.lower() if self.kind in ("name", "sign") else ""


@dataclass(frozen=True)
class Node:
    """A part that is understood: its SQL and what it is; `word` is text that is no name."""

    sql: str
    kind: NodeKind
    start: int
    end: int
    column: PeopleColumn | None = None
    word: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it can be counted with."""
        return self.kind == "number" or (
            self.column is not None and self.column.kind in ("number", "finding")
        )


def tokens_of(words: str, vocabulary: Vocabulary) -> list[Token]:
    """The pieces of a filter; file names and words with strokes stay whole. Raises FilterError."""
    found: list[Token] = []
    place = 0
    while place < len(words.rstrip()):
        start = place + len(words[place:]) - len(words[place:].lstrip())
        spaced = start > place or not found
        chunk = _CHUNK.match(words, start)
        if chunk is not None and _is_word(chunk.group(), words[chunk.end() :], vocabulary):
            found.append(Token("word", chunk.group(), start, chunk.end(), spaced))
            place = chunk.end()
            continue
        match = _TOKEN.match(words, place)
        if match is None or match.lastgroup is None:
            sign = words[start]
            said = (
                "Something is open here: a closing quote is missing"
                if sign in "'\""
                else f"“{sign}” is no sign"
            )
            raise FilterError(said, start=start, end=start + 1)
        text = match[match.lastgroup]
        text = "-" if text in ("\u2212", "\u2013") else text
        found.append(Token(match.lastgroup, text, start, match.end(), spaced))  # type: ignore[arg-type]
        place = match.end()
    end = len(words.rstrip())
    return [*found, Token("end", "", end, end, spaced=True)]


def _is_word(chunk: str, after: str, vocabulary: Vocabulary) -> bool:
    """Whether a run of letters and signs is one word: a file's name, not a difference of numbers."""
    if not re.search(r"[^\W\d]", chunk) or not re.search(r"\w[^\w]+\w", chunk) or COMPARED.match(after):
        return False
    pieces = [piece for piece in _PIECE.findall(chunk) if piece != "."]
    return any(not piece.isdecimal() and not vocabulary.is_known(piece) for piece in pieces)


def unquoted(token: Token) -> str:
    """The text of a token without its quotes."""
    if token.kind != "string":
        return token.text
    return token.text[1:-1].replace("''", "'") if token.text.startswith("'") else token.text[1:-1]


def no_number(name: str, word: str, start: int, end: int) -> FilterError:
    """The error for a word where a number must be."""
    said = f"{name} is compared with a number, not with “{word}”"
    return FilterError(said if name != word else f"{word} is no number", start=start, end=end)


def no_numbers(column: str, word: str, sign: Token) -> FilterError:
    """The error for a column of words that is compared as if it held numbers."""
    said = f"{column} holds no numbers: use {column} = {word or '…'} instead of {sign.text}"
    return FilterError(said, start=sign.start, end=sign.end)


def missing_after(name: str, sign: Token) -> FilterError:
    """The error for a comparison with nothing."""
    return FilterError(f"Something is missing after {name}{sign.text}", start=sign.start, end=sign.end)


class Cursor:
    """Goes through the pieces of a filter from left to right. Raises FilterError."""

    def __init__(self, words: str, vocabulary: Vocabulary) -> None:
        self._words, self._known = words, vocabulary
        self._tokens = tokens_of(words, vocabulary)
        self._place = 0

    @property
    def _now(self) -> Token:
        return self._tokens[min(self._place, len(self._tokens) - 1)]

    def _skip(self) -> Token:
        token = self._now
        self._place += 1
        return token

    def _take(self, word: str) -> bool:
        """Go on if this word or sign comes next."""
        here = self._now.lower == word
        self._place += here
        return here

    def _open(self, name: str) -> None:
        if not self._take("("):
            raise FilterError(f"( is missing after {name}", start=self._now.start, end=self._now.end)

    def _expect_end(self) -> None:
        token = self._now
        if token.kind != "end":
            raise FilterError(f"“{token.text}” is not expected here", start=token.start, end=token.end)
