"""A small language for rewards of one's own, read by a recursive-descent parser.

    0.5 * move-ego-0-2 + 0.5 * above(left_hand_height, 1.8, 0.2)

    expression := sum [("<" | "<=" | ">" | ">=") sum]      1 where true, else 0
    sum        := product (("+" | "-") product)*
    product    := unary (("*" | "/") unary)*
    unary      := ["-" | "+"] unary | number | name | function "(" expression, ... ")"
                | "(" expression ")"

Names are quantities (``head_height``) and published rewards (``jump-2``). A
reward's name binds its hyphens; a minus after one needs a space before it.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import UserError
from .features import Features
from .forms import FAMILIES, find_form, list_forms
from .quantities import QUANTITIES
from .terms import Constant, NamedReward, Product, Reward, Sum
from .tolerance import tolerance

MAX_LENGTH = 1000
MAX_DEPTH = 40

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    # With hyphens it is a reward's name or, word by word, a difference.
    r"|(?P<word>[A-Za-z_]\w*(?:-+\w+(?:\.\d+)?)*)"
    r"|(?P<sign><=|>=|[-+*/(),<>])"
    r"|(?P<end>$)"
    r"|(?P<unknown>\S)"
    r")"
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Quantity(Reward):
    name: str

    def of(self, features: Features) -> np.ndarray:
        return QUANTITIES[self.name].function(features)


@dataclass(frozen=True)
class Quotient(Reward):
    top: Reward
    bottom: Reward

    def of(self, features: Features) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.top.of(features) / self.bottom.of(features)


@dataclass(frozen=True)
class Comparison(Reward):
    sign: str
    left: Reward
    right: Reward

    def of(self, features: Features) -> np.ndarray:
        return _COMPARE[self.sign](self.left.of(features), self.right.of(features)).astype(float)


_COMPARE: dict[str, Callable[..., np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True)
class Function:
    """A function of the language over arrays (n,)."""

    usage: str
    least: int
    most: int
    function: Callable[..., np.ndarray]
    margin_at: int | None = None
    """Position of the argument that must be a number of at least 0."""


def _between(
    x: np.ndarray, low: np.ndarray | float, high: np.ndarray | float, margin: float = 0.0
) -> np.ndarray:
    return tolerance(x, low, high, margin, 0.0, "linear")


FUNCTIONS: dict[str, Function] = {
    "near": Function(
        "near(x, target, margin)", 3, 3, lambda x, target, m: _between(x, target, target, m), 2
    ),
    "above": Function(
        "above(x, bound, margin)", 2, 3, lambda x, bound, m=0.0: _between(x, bound, np.inf, m), 2
    ),
    "below": Function(
        "below(x, bound, margin)", 2, 3, lambda x, bound, m=0.0: _between(x, -np.inf, bound, m), 2
    ),
    "between": Function("between(x, low, high, margin)", 3, 4, _between, 3),
    "min": Function("min(x, y, ...)", 2, 8, lambda *x: np.minimum.reduce(x)),
    "max": Function("max(x, y, ...)", 2, 8, lambda *x: np.maximum.reduce(x)),
    "abs": Function("abs(x)", 1, 1, np.abs),
}


@dataclass(frozen=True)
class Call(Reward):
    name: str
    arguments: tuple[Reward, ...]
    margin: float | None = None

    def of(self, features: Features) -> np.ndarray:
        values = [argument.of(features) for argument in self.arguments]
        if self.margin is not None:
            return FUNCTIONS[self.name].function(*values, self.margin)
        return FUNCTIONS[self.name].function(*values)


@dataclass(frozen=True)
class Expression(Reward):
    """A parsed expression and the text it came from."""

    text: str
    root: Reward

    def of(self, features: Features) -> np.ndarray:
        """Raises ``UserError`` where it has no value, as in a division by zero."""
        result = self.root.of(features)
        broken = int((~np.isfinite(result)).sum())
        if broken:
            raise UserError(
                f"The expression '{self.text}' has no value for {broken} of {len(result)} states; "
                "does it divide by something that can be 0?"
            )
        return result


def parse_expression(text: str) -> Expression:
    """Raises ``UserError`` naming the position (counted from 1) of what cannot be read."""
    if len(text) > MAX_LENGTH:
        raise UserError(f"The expression is longer than {MAX_LENGTH} characters; shorten it.")
    return Expression(text.strip(), _Parser(text).whole())


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.token = Token("end", "", 0)
        self._advance(0)

    def whole(self) -> Reward:
        root = self.expression()
        if self.token.kind != "end":
            raise self._error("an operator or the end is expected")
        return root

    # --- grammar ---

    def expression(self) -> Reward:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error("the parentheses are nested too deeply")
        left = self.sum()
        if self.token.text in _COMPARE:
            sign = self._take()
            left = Comparison(sign, left, self.sum())
        self.depth -= 1
        return left

    def sum(self) -> Reward:
        terms = [self.product()]
        while self.token.text in ("+", "-"):
            minus = self._take() == "-"
            term = self.product()
            terms.append(_negative(term) if minus else term)
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def product(self) -> Reward:
        factors = [self.unary()]
        while self.token.text in ("*", "/"):
            divide = self._take() == "/"
            factor = self.unary()
            factors.append(Quotient(Constant(1.0), factor) if divide else factor)
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def unary(self) -> Reward:
        negative = False
        while self.token.text in ("+", "-"):
            negative ^= self._take() == "-"
        value = self.primary()
        return _negative(value) if negative else value

    def primary(self) -> Reward:
        token = self.token
        if token.kind == "number":
            return Constant(float(self._take()))
        if token.kind == "word":
            return self.word()
        if token.text == "(":
            self._take()
            inner = self.expression()
            self._expect(")")
            return inner
        raise self._error("a number, a name or '(' is expected")

    def word(self) -> Reward:
        token = self.token
        if find_form(token.text) is not None:
            self._take()
            return NamedReward(token.text)
        first = re.split("-", token.text, maxsplit=1)[0]
        if first in FAMILIES:
            raise self._error(
                f"there is no reward '{token.text}'; write it as {_nearest(token.text, first)}",
                details=_known(),
            )
        if "-" in token.text:
            # Not a reward: a difference written without spaces.
            self.token = Token("word", first, token.start)
        if first in QUANTITIES:
            self._take()
            return Quantity(first)
        if first in FUNCTIONS:
            return self.call(first)
        raise self._error(_unknown(first), details=_known())

    def call(self, name: str) -> Reward:
        function, start = FUNCTIONS[name], self.token
        self._take()
        if self.token.text != "(":
            raise self._error(f"'(' is expected: {function.usage}")
        self._take()
        arguments: list[Reward] = []
        margin: float | None = None
        while True:
            place = self.token
            argument = self.expression()
            if len(arguments) == function.margin_at:
                margin = self._margin(argument, place, function)
            else:
                arguments.append(argument)
            if self.token.text != ",":
                break
            self._take()
            if margin is not None or len(arguments) == function.most:
                raise self._error(f"too many arguments: {function.usage}")
        self._expect(")")
        if len(arguments) + (margin is not None) < function.least:
            raise self._error(f"too few arguments: {function.usage}", start)
        return Call(name, tuple(arguments), margin)

    # --- tokens ---

    def _advance(self, start: int) -> None:
        found = _TOKEN.match(self.text, start)
        assert found is not None and found.lastgroup is not None  # the pattern covers every text
        kind = found.lastgroup
        self.token = Token(kind, found.group(kind), found.start(kind))
        if kind == "unknown":
            raise self._error("this character has no meaning here")

    def _take(self) -> str:
        token = self.token
        self._advance(token.start + len(token.text))
        return token.text

    def _expect(self, sign: str) -> None:
        if self.token.text != sign:
            raise self._error(f"'{sign}' is expected")
        self._take()

    def _margin(self, argument: Reward, place: Token, function: Function) -> float:
        if not isinstance(argument, Constant) or not argument.value >= 0:
            raise self._error(f"the margin must be a number of at least 0: {function.usage}", place)
        return argument.value

    def _error(self, what: str, token: Token | None = None, details: str = "") -> UserError:
        token = token or self.token
        found = f"at '{token.text}'" if token.text else "at the end"
        caret = f"{self.text}\n{' ' * token.start}^"
        message = f"In the reward '{self.text.strip()}', character {token.start + 1} ({found}): "
        end = "" if what.endswith("?") else "."
        return UserError(f"{message}{what}{end}", f"{caret}\n{details}" if details else caret)


def _negative(value: Reward) -> Reward:
    # A bare number stays one, so that "-0.5" is still a constant.
    return Constant(-value.value) if isinstance(value, Constant) else Product((Constant(-1), value))


def _unknown(word: str) -> str:
    known = [*QUANTITIES, *FUNCTIONS, *sorted(FAMILIES)]
    close = difflib.get_close_matches(word, known, n=1)
    return f"'{word}' is not known; " + (
        f"did you mean '{close[0]}'?" if close else "write a reward such as 'move-ego-0-2'"
    )


def _nearest(text: str, family: str) -> str:
    """The form of a family that a text is most like."""
    forms = list_forms(family).split(", ")
    return difflib.get_close_matches(text, forms, n=1, cutoff=0.0)[0]


def _known() -> str:
    """All words an expression may have, for the details of an error."""
    functions = ", ".join(function.usage for function in FUNCTIONS.values())
    return f"Quantities: {', '.join(QUANTITIES)}\nFunctions: {functions}\nRewards: {list_forms()}"
