"""From what somebody typed as a filter to an SQL condition; see `filtering` for the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sefd_viewer.app.filter_words import (
    COMPARED,
    COMPARISONS,
    Cursor,
    FilterError,
    Node,
    NodeKind,
    Token,
    literal,
    missing_after,
    no_number,
    no_numbers,
    quoted,
    unquoted,
)
from sefd_viewer.app.people_table import PeopleColumn

_WITH_WORDS = ("between", "in", "like", "ilike")
_JOINING = ("and", "or", "not")
_TEXT_FUNCTIONS = ("lower", "upper", "substr", "substring", "concat", "trim", "replace", "left", "right")
_CONDITIONS = ("starts_with", "ends_with", "regexp_like")


class Parser(Cursor):
    """Reads one filter, from left to right."""

    def condition(self) -> str:
        """The whole as a condition. Raises FilterError."""
        sql = self._condition(self._either())
        self._expect_end()
        return sql

    def number(self) -> str:
        """The whole as a number. Raises FilterError."""
        node = self._sum()
        self._expect_end()
        return self._counted(node).sql

    def terms(self) -> tuple[tuple[int, int], ...]:
        """Where the terms of the outermost "and" lie. Raises FilterError."""
        found = []
        while self._now.kind != "end":
            start = self._now.start
            self._condition(self._negated())
            found.append((start, self._tokens[self._place - 1].end))
            if self._now.lower == "or":
                return ((0, len(self._words)),)
            self._take("and")
        return tuple(found)

    def _either(self) -> Node:
        node = self._both()
        while self._take("or"):
            other = self._both()
            sql = f"({self._condition(node)} OR {self._condition(other)})"
            node = replace(node, sql=sql, kind="condition", column=None, end=other.end)
        return node

    def _both(self) -> Node:
        node = self._negated()
        while self._now.kind != "end" and self._now.lower not in (
            "or",
            ")",
            ",",
            "then",
            "else",
            "end",
            "as",
        ):
            self._take("and")
            other = self._negated()
            sql = f"({self._condition(node)} AND {self._condition(other)})"
            node = replace(node, sql=sql, kind="condition", column=None, end=other.end)
        return node

    def _negated(self) -> Node:
        token = self._now
        if self._take("not") or (self._is_negation(token, None) and self._take("-")):
            inner = self._negated()
            return Node(f"(NOT {self._condition(inner)})", "condition", token.start, inner.end)
        return self._comparison()

    def _is_negation(self, token: Token, left: Node | None) -> bool:
        """Whether a minus says "not", as in -verdict:good and -walking, instead of counting."""
        following = self._tokens[self._place + 1] if token.text == "-" else token
        if token.text != "-" or following.spaced or following.kind == "number":
            return False
        after = self._tokens[min(self._place + 2, len(self._tokens) - 1)]
        if following.kind in ("word", "string") or after.text == ":":
            return True
        known = following.kind == "name" and self._known.is_known(following.text)
        if left is not None and left.is_number:
            return token.spaced and following.kind == "name" and not known
        return not known or left is not None or after.text in COMPARISONS

    def _comparison(self) -> Node:
        left = self._sum()
        sign = self._now
        if sign.text in COMPARISONS and sign.kind == "sign":
            self._place += 1
            node = self._compared(left, sign)
        else:
            node = self._with_keyword(left)
        if self._now.text in COMPARISONS and self._now.kind == "sign" and node.kind == "condition":
            said = "Two comparisons in a row: write “and” between them"
            raise FilterError(said, start=self._now.start, end=self._now.end)
        return node

    def _compared(self, left: Node, sign: Token) -> Node:
        if left.kind == "word":
            after = self._now.text if self._now.kind != "end" and not self._now.spaced else ""
            written = f"{left.word}{sign.text}{after}" if after else left.word
            raise self._known.unknown(left.word, left.start, left.end, written=written)
        column = left.column
        counted = column is not None and column.kind == "finding" and self._now.kind == "number"
        if column is not None and not counted and (column.kind != "number" or sign.text == ":"):
            return self._has_value(left, column, sign)
        right = self._side(left, sign)
        if (
            right.column is not None
            and right.column.kind not in ("number", "finding")
            and left.column is None
        ):
            return self._turned(left, right, sign)
        texts = (left.kind == "text") or (right.kind == "text")
        if not texts:
            left, right = self._counted(left), self._counted(right, against=left)
        operator = {"==": "=", "!=": "<>", ":": "="}.get(sign.text, sign.text)
        return Node(f"({left.sql} {operator} {right.sql})", "condition", left.start, right.end)

    def _side(self, left: Node, sign: Token) -> Node:
        """What stands right of a comparison."""
        if self._now.kind == "end" or self._now.lower in ("and", "or", ")"):
            raise missing_after(left.column.id if left.column is not None else "this", sign)
        return self._sum()

    def _turned(self, left: Node, right: Node, sign: Token) -> Node:
        """A comparison with the name on the right: 'bad' = verdict."""
        assert right.column is not None
        if sign.text not in ("=", "==", "!=", "<>"):
            raise no_numbers(right.column.id, left.word, sign)
        word = left.word or self._words[left.start : left.end]
        sql = self._known.is_value(right.column, word, part=False, start=left.start, end=left.end)
        return Node(sql if sign.text in ("=", "==") else f"(NOT {sql})", "condition", left.start, right.end)

    def _has_value(self, left: Node, column: PeopleColumn, sign: Token) -> Node:
        """A column of words compared with a word, or with several after one sign."""
        first = self._now
        if first.kind == "end" or first.lower in ("and", "or", ")"):
            raise missing_after(column.id, sign)
        if sign.text in ("<", "<=", ">", ">="):
            return self._ordered(left, column, sign)
        parts = [self._value(column, sign)]
        while self._now.text == "," and self._now.kind == "sign":
            self._place += 1
            parts.append(self._value(column, sign))
        sql = parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
        end = self._tokens[self._place - 1].end
        return Node(sql if sign.text in ("=", "==", ":") else f"(NOT {sql})", "condition", left.start, end)

    def _value(self, column: PeopleColumn, sign: Token) -> str:
        token = self._now
        for phrase in self._known.phrases(column):
            end = token.start + len(phrase)
            if (
                self._words[token.start : end].lower() == phrase.lower()
                and not self._words[end : end + 1].isalnum()
            ):
                while self._now.kind != "end" and self._now.start < end:
                    self._place += 1
                return self._known.is_value(column, phrase, part=False)
        if token.kind in ("end", "sign") or token.lower in _JOINING:
            raise missing_after(column.id, sign)
        self._place += 1
        word, part = unquoted(token), sign.text == ":"
        if column.kind == "number":
            try:
                return f"({quoted(column.id)} = {float(word)!r})"
            except ValueError:
                raise no_number(column.id, word, token.start, token.end) from None
        return self._known.is_value(column, word, part=part, start=token.start, end=token.end)

    def _ordered(self, left: Node, column: PeopleColumn, sign: Token) -> Node:
        token = self._now
        if token.kind == "number" and (sql := self._known.orders(column, sign.text, token.text)):
            self._place += 1
            return Node(sql, "condition", left.start, token.end)
        if token.kind == "string" and column.kind in ("text", "choice"):
            self._place += 1
            return Node(
                f"({left.sql} {sign.text} {literal(unquoted(token))})", "condition", left.start, token.end
            )
        raise no_numbers(column.id, token.text, sign)

    def _with_keyword(self, left: Node) -> Node:
        """between, in, like, is null; or the left side alone."""
        following = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        negated = self._now.lower == "not" and following.lower in _WITH_WORDS
        keyword = following.lower if negated else self._now.lower
        if keyword not in (*_WITH_WORDS, "is"):
            return left
        if left.kind == "word":
            if following.kind == "name" and following.lower not in ("not", "null", *_WITH_WORDS):
                return left
            raise self._known.unknown(left.word, left.start, left.end)
        self._place += 2 if negated else 1
        sql = {"between": self._between, "in": self._among, "is": self._is_null}.get(keyword, self._like)(
            left, keyword
        )
        end = self._tokens[self._place - 1].end
        return Node(f"(NOT {sql})" if negated else sql, "condition", left.start, end)

    def _between(self, left: Node, _keyword: str) -> str:
        low = self._counted(self._sum(), against=left)
        if not self._take("and"):
            raise FilterError("between needs two numbers: between 10 and 20", start=left.start, end=low.end)
        high = self._counted(self._sum(), against=left)
        return f"({self._counted(left).sql} BETWEEN {low.sql} AND {high.sql})"

    def _among(self, left: Node, _keyword: str) -> str:
        self._open("in")
        parts = []
        while not self._take(")"):
            if left.column is not None and left.column.kind != "number":
                parts.append(self._value(left.column, replace(self._now, text="=")))
            else:
                parts.append(f"({self._counted(left).sql} = {self._counted(self._sum(), against=left).sql})")
            if not self._take(",") and self._now.text != ")":
                raise FilterError("A comma or ) is missing", start=self._now.start, end=self._now.end)
        return f"({' OR '.join(parts)})" if parts else "(1 = 0)"

    def _like(self, left: Node, keyword: str) -> str:
        token = self._now
        if token.kind != "string":
            raise FilterError(
                f"{keyword} needs a text in quotes: {keyword} '%walk%'", start=token.start, end=token.end
            )
        self._place += 1
        name = quoted("worst") if left.column is not None and left.column.kind == "finding" else left.sql
        return f"({name} {keyword.upper()} {literal(unquoted(token))})"

    def _is_null(self, left: Node, _keyword: str) -> str:
        negated = self._take("not")
        if not self._take("null"):
            raise FilterError(
                "is needs null or not null: student is null", start=left.start, end=self._now.end
            )
        return f"({left.sql} IS {'NOT ' if negated else ''}NULL)"

    def _sum(self) -> Node:
        node = self._product()
        while self._now.text in ("+", "-", "||") and self._now.kind == "sign":
            if self._is_negation(self._now, node):
                break
            node = self._combined(node, self._product)
        return node

    def _product(self) -> Node:
        node = self._unary()
        while self._now.text in ("*", "/", "%") and self._now.kind == "sign":
            node = self._combined(node, self._unary)
        return node

    def _combined(self, left: Node, follow: Callable[[], Node]) -> Node:
        sign = self._now
        self._place += 1
        right = follow()
        if sign.text == "||":
            return Node(f"({left.sql} || {right.sql})", "text", left.start, right.end)
        left, right = self._counted(left), self._counted(right)
        return Node(f"({left.sql} {sign.text} {right.sql})", "number", left.start, right.end)

    def _unary(self) -> Node:
        token = self._now
        if token.text in ("-", "+") and token.kind == "sign":
            self._place += 1
            inner = self._counted(self._unary())
            return Node(f"({token.text}{inner.sql})", "number", token.start, inner.end)
        return self._primary()

    def _primary(self) -> Node:
        token = self._now
        if token.kind == "end":
            raise FilterError("Something is missing at the end", start=token.start, end=token.end)
        self._place += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind in ("string", "word"):
            return self._quoted(token)
        if token.text == "(":
            inner = self._either()
            if not self._take(")"):
                raise FilterError("A closing ) is missing", start=token.start, end=token.end)
            return replace(inner, sql=f"({inner.sql})", start=token.start)
        if token.kind == "name" and self._now.text == "(" and token.lower not in _JOINING:
            return self._function(token)
        if token.lower == "case":
            return self._case(token)
        if token.kind == "name" and token.lower not in _JOINING:
            return self._named(token)
        raise FilterError(f"“{token.text}” is not expected here", start=token.start, end=token.end)

    def _number(self, token: Token) -> Node:
        """A number; 20% is 0.2 where no other number follows."""
        after = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        if self._now.text == "%" and not self._now.spaced and after.kind not in ("name", "number"):
            self._place += 1
            return Node(repr(float(token.text) / 100), "number", token.start, token.end + 1)
        return Node(token.text, "number", token.start, token.end, word=token.text)

    def _quoted(self, token: Token) -> Node:
        text = unquoted(token)
        column = self._known.column(text) if token.text.startswith('"') else None
        if column is not None and COMPARED.match(self._words[token.end :]):
            return Node(self._known.sql(column), "column", token.start, token.end, column)
        kind: NodeKind = "text" if token.kind == "string" else "word"
        return Node(literal(text), kind, token.start, token.end, word=text)

    def _named(self, token: Token) -> Node:
        if token.lower in ("true", "false"):
            return Node(token.text.upper(), "condition", token.start, token.end)
        if token.lower == "reviewers" and self._now.lower == "disagree":
            self._place += 1
            column = self._known.column("disagree")
            sql = quoted("disagree") if column is not None else "(1 = 0)"
            return Node(sql, "condition", token.start, self._tokens[self._place - 1].end)
        column = self._known.column(token.text)
        if column is not None:
            return Node(self._known.sql(column), "column", token.start, token.end, column)
        minus = self._known.minus(token.text)
        if minus is not None:
            return Node(minus, "number", token.start, token.end)
        return Node(literal(token.text), "word", token.start, token.end, word=token.text)

    def _function(self, token: Token) -> Node:
        self._open(token.text)
        name, arguments = token.lower, []
        while not self._take(")"):
            if self._now.kind == "end":
                raise FilterError("A closing ) is missing", start=token.start, end=token.end)
            node = self._either()
            if node.kind == "word":
                raise self._known.unknown(node.word, node.start, node.end)
            arguments.append(node.sql + (f" AS {self._skip().text}" if self._take("as") else ""))
            self._take(",")
        end = self._tokens[self._place - 1].end
        if name == "has_tag":
            column = self._known.column("tags")
            word = arguments[0][1:-1].replace("''", "'") if arguments else ""
            sql = self._known.is_value(column, word, part=False) if column is not None else "(1 = 0)"
            return Node(sql, "condition", token.start, end)
        kind: NodeKind = (
            "text" if name in _TEXT_FUNCTIONS else "condition" if name in _CONDITIONS else "number"
        )
        return Node(f"{token.text}({', '.join(arguments)})", kind, token.start, end)

    def _case(self, token: Token) -> Node:
        """CASE WHEN condition THEN number ... ELSE number END."""
        parts = ["CASE"]
        while not self._take("end"):
            if self._now.kind == "end":
                raise FilterError("case needs an end", start=token.start, end=token.end)
            word = self._skip()
            if word.lower not in ("when", "then", "else"):
                raise FilterError("case needs when, then, else", start=word.start, end=word.end)
            parts.append(f"{word.text.upper()} {self._either().sql}")
        return Node(" ".join((*parts, "END")), "number", token.start, self._tokens[self._place - 1].end)

    def _condition(self, node: Node) -> str:
        """The SQL of a part that must be true or false; a word is searched for."""
        if node.kind == "condition":
            return node.sql
        if node.kind == "word" or (node.word and node.kind in ("text", "number")):
            return self._known.text_has(node.word)
        column = node.column
        if column is not None and column.kind == "flag":
            return f"coalesce({node.sql}, FALSE)"
        written = self._words[node.start : node.end]
        example = f"{written} > 10" if node.is_number else f"{written} = …"
        said = f'{written} is compared with something: {example}. To find these letters write "{written}"'
        raise FilterError(said, start=node.start, end=node.end)

    def _counted(self, node: Node, *, against: Node | None = None) -> Node:
        """A part that must be a number."""
        if node.is_number or (node.column is not None and node.column.kind == "flag"):
            return node
        if node.kind == "word" and against is None:
            raise self._known.unknown(node.word, node.start, node.end)
        words = node.word or self._words[node.start : node.end]
        name = self._words[against.start : against.end].strip() if against is not None else ""
        if node.kind == "word" and against is not None and self._known.unknown(node.word, 0, 0).nearest:
            raise self._known.unknown(node.word, node.start, node.end)
        raise no_number(name or words, words, node.start, node.end)
