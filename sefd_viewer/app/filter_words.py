"""The words that a filter knows: columns with their other names, values, the nearest ones; and its tokens."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sefd_viewer.app.people_table import VERDICTS, PeopleColumn, PeopleTable
from sefd_viewer.app.photo_titles import camera_title
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import ROLES

OF_VERDICTS = (*VERDICTS, "old")
ANY, NONE = ("any", "some"), ("none", "nothing")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_OF_RUNS = (*ROLES, "hidden", "truth", "poses")
_MINUS = re.compile(r"(.+)_minus_(.+?)(?:_mm)?$")
_NAMED = 6


class FilterError(SefdError):
    """A filter that cannot be understood; `start` and `end` say where, `nearest` what might be meant."""

    def __init__(self, words: str, *, start: int = 0, end: int = 0, nearest: str = "") -> None:
        super().__init__(words)
        self.start, self.end, self.nearest = start, end, nearest


class Vocabulary:
    """What names and values mean in a table, as SQL."""

    def __init__(self, table: PeopleTable) -> None:
        self.table = table

    def column(self, name: str) -> PeopleColumn | None:
        """The column of a name, also one that older programs wrote."""
        return self.table.column(name)

    def sql(self, column: PeopleColumn) -> str:
        """The column in SQL; the findings as their number."""
        return quoted("findings" if column.kind == "finding" else column.id)

    def minus(self, name: str) -> str | None:
        """The SQL of a difference by its old name, `student_minus_baseline_mm`."""
        parts = _MINUS.fullmatch(name)
        if parts is None:
            return None
        pair = [self.column(part) for part in parts.groups()]
        sides = [quoted(one.id) for one in pair if one is not None]
        return f"({sides[0]} - {sides[1]})" if len(sides) == 2 else None

    def is_known(self, name: str) -> bool:
        """Whether a name means something in this table."""
        return self.column(name) is not None or self.minus(name) is not None

    def names(self) -> list[tuple[str, str]]:
        """What can be typed for columns: the shortest name of each, and what it holds."""
        found = []
        for column in self.table.filled:
            about = f"{column.heading}. {column.tip}".rstrip(". ") if column.tip else column.heading
            short = min((column.id, *column.names), key=len) if column.method is not None else column.id
            found.append((short, about))
        return found + [(word, "") for word in ("and", "or", "not", "between", "is null")]

    def value_words(self, column: PeopleColumn) -> list[tuple[str, str]]:
        """The values of a column as they are typed, and what they mean."""
        if column.kind == "verdict":
            return [(word, "") for word in OF_VERDICTS]
        if column.kind == "finding":
            return [*self.table.detectors, ("any", "at least one finding"), ("none", "no finding")]
        if column.kind == "flag":
            return [("yes", ""), ("no", "")]
        if column.kind in ("choice", "list"):
            return [(_as_typed(text), "") for text in self.table.values(column.id)]
        return []

    def phrases(self, column: PeopleColumn) -> list[str]:
        """Values of several words, the longest first: they need no quotes."""
        if column.kind == "finding":
            known = [title for _, title in self.table.detectors]
        else:
            known = list(self.table.values(column.id)) if column.kind in ("choice", "list") else []
        return sorted((one for one in known if not one.isalnum()), key=len, reverse=True)

    def unknown(self, name: str, start: int, end: int, *, written: str = "") -> FilterError:
        """The error for a name that is none, with the nearest one."""
        near = self._nearest(name, [word for word, _ in self.names()] + list(self.table.by_id))
        if near:
            words = f"There is no column {name}: did you mean {near}?"
        elif name.lower().split("_")[0] in _OF_RUNS and self.table.run is None:
            words = f"{name} is a number of a run, and no run is chosen: measure the people, or choose a run"
        else:
            none = ": none is chosen" if self.table.run is None else ""
            words = f"There is no column {name}, and it is not a number of a run{none}. A method has numbers "
            words += f'once it is measured. To find these letters write "{written or name}"'
        return FilterError(words, start=start, end=end, nearest=near)

    def is_value(self, column: PeopleColumn, words: str, *, part: bool, start: int = 0, end: int = 0) -> str:
        """The SQL condition that a column has a value; `part`: or one that holds these letters.

        Raises FilterError for a word that is none of a column's few words.
        """
        word = words.strip().lower()
        if column.kind == "verdict":
            return self._verdict(word, start, end)
        if column.kind == "finding":
            return self._finding(word, start, end)
        if column.kind == "flag":
            return self._flag(column, word, start, end)
        if column.kind == "list":
            return self._in_list(column, word, part=part)
        if column.kind == "choice" and not part:
            known = self.table.values(column.id)
            matching = [text for text in known if text.lower() == word]
            matching = matching or [text for text in known if _same_number(self._called(column, text), word)]
            return (
                f"({quoted(column.id)} IN ({', '.join(map(literal, matching))}))" if matching else "(1 = 0)"
            )
        text = f"lower({quoted(column.id)})"
        return f"(strpos({text}, {literal(word)}) > 0)" if part else f"({text} = {literal(word)})"

    def orders(self, column: PeopleColumn, sign: str, limit: str) -> str | None:
        """The SQL of a comparison with the numbers in a choice's texts (camera > 2), None without numbers."""
        compare = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}.get(sign)
        numbers = {text: _number_in(self._called(column, text)) for text in self.table.values(column.id)}
        if column.kind != "choice" or compare is None or None in numbers.values() or not numbers:
            return None
        inside = [text for text, one in numbers.items() if one is not None and compare(one, float(limit))]
        return f"({quoted(column.id)} IN ({', '.join(map(literal, inside))}))" if inside else "(1 = 0)"

    def text_has(self, word: str) -> str:
        """The SQL condition that some text of a person holds a word."""
        return f'(strpos("text", {literal(word.lower())}) > 0)'

    def _called(self, column: PeopleColumn, text: str) -> str:
        """A value as people see it: cameras have numbers before their serial numbers."""
        if column.id != "camera":
            return text
        return camera_title(text, self.table.values("camera")).partition(" (")[0]

    def _verdict(self, word: str, start: int, end: int) -> str:
        word = "unreviewed" if word in NONE else word
        if word in ANY:
            return "(\"verdict\" <> 'unreviewed')"
        if word not in OF_VERDICTS:
            raise _none_of("verdict", word, OF_VERDICTS, start, end)
        return '"verdict_old"' if word == "old" else f'("verdict" = {literal(word)})'

    def _finding(self, word: str, start: int, end: int) -> str:
        if word in ANY or word in NONE:
            return f'(coalesce("findings", 0) {">" if word in ANY else "="} 0)'
        named = [id for id, title in self.table.detectors if word in f"{id} {title}".lower()]
        exact = [id for id, title in self.table.detectors if word in (id.lower(), title.lower())]
        named = exact or named
        if not named:
            known = [id for id, _ in self.table.detectors]
            raise _none_of("finding", word, (*known, "any", "none"), start, end)
        hits = [quoted(f"found {id}") for id in named if f"found {id}" in self.table.frame.columns]
        return f"({' OR '.join(f'coalesce({one}, FALSE)' for one in hits)})" if hits else "(1 = 0)"

    def _flag(self, column: PeopleColumn, word: str, start: int, end: int) -> str:
        if word not in (*_YES, *_NO):
            raise FilterError(f"{column.id} is yes or no, not “{word}”", start=start, end=end)
        return f"(coalesce({quoted(column.id)}, FALSE) = {'TRUE' if word in _YES else 'FALSE'})"

    def _in_list(self, column: PeopleColumn, word: str, *, part: bool) -> str:
        text = f"lower(coalesce({quoted(column.id)}, ''))"
        if word in NONE or word in ANY:
            return f"({text} {'=' if word in NONE else '<>'} '')"
        if column.id == "issues":
            word = _issue_title(word)
        if part:
            return f"(strpos({text}, {literal(word)}) > 0)"
        return f"(strpos(', ' || {text} || ', ', {literal(f', {word}, ')}) > 0)"

    def _nearest(self, name: str, known: Iterable[str]) -> str:
        """The nearest of the known names, "" where none is near."""
        plain = {word.replace("_", ""): word for word in known}
        close = difflib.get_close_matches(name.lower().replace("_", ""), plain, n=1, cutoff=0.75)
        return plain[close[0]] if close else ""


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _none_of(column: str, word: str, known: tuple[str, ...], start: int, end: int) -> FilterError:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    some = f"{', '.join(known[:_NAMED])} …" if len(known) > 2 * _NAMED else ", ".join(known[:-1])
    words = f"{column} is {some} or {known[-1]}, not “{word}”"
    words += f": did you mean {close[0]}?" if close else ""
    return FilterError(words, start=start, end=end, nearest=close[0] if close else "")


def _as_typed(text: str) -> str:
    """A value with quotes where it needs them."""
    return text if re.fullmatch(r"[^\W\d]\w*|\d+", text) else literal(text)


def _number_in(text: str) -> float | None:
    """The number at the end of a text, None without one."""
    found = re.search(r"(\d+)\D*$", text)
    return float(found[1]) if found else None


def _same_number(text: str, word: str) -> bool:
    return word.isdecimal() and _number_in(text) == float(word)


def _issue_title(word: str) -> str:
    """The title of a kind of issue by its id; other words as they are."""
    from sefd_viewer.judgements import ISSUE_KINDS

    return ISSUE_KINDS.get(word, word).lower()


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
                else f"“{sign}” means nothing here"
            )
            raise FilterError(said, start=start, end=start + 1)
        text = match[match.lastgroup]
        text = "-" if text in ("\u2212", "\u2013") else text
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]  # its groups are called by kinds
        found.append(Token(kind, text, start, match.end(), spaced))
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
    return FilterError(said if name != word else f"{word} is not a number", start=start, end=end)


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
