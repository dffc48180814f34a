"""
Sums: the value of plain arithmetic, as cards state it and people type it. Nothing else is ever evaluated.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Final

_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., float]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.USub: operator.neg,
}  # fmt: skip
_FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "exp": math.exp, "log": math.log, "log2": math.log2, "sqrt": math.sqrt, "max": max, "min": min,
}  # fmt: skip


_CONSTANTS: Final[Mapping[str, float]] = {"e": math.e, "pi": math.pi}


def calculated(text: str) -> float:
    """The value of a sum of numbers, + - * / ** and the functions of `_FUNCTIONS`. Raises ValueError for all else."""
    try:
        return float(_value(ast.parse(text, mode="eval").body))
    except (SyntaxError, TypeError, OverflowError, ZeroDivisionError, KeyError) as error:
        raise ValueError(f"{text!r} is no sum of numbers") from error


def _value(node: ast.AST) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id=name):
            return _CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_value(operand))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _FUNCTIONS[name](*map(_value, args))
    raise TypeError(type(node).__name__)
