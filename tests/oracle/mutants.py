"""Errors to plant in the oracle: every term, factor, bound, number, condition and statement, one at a time."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

Mutant = tuple[str, Callable[..., Any]]  # what is wrong, and the function that is wrong


def errors_in(node: ast.AST) -> list[ast.AST]:
    """What could stand in a node's place by mistake."""
    errors: list[ast.AST] = []
    match node:
        case ast.BinOp(left, ast.Sub(), right):
            errors = [left, ast.UnaryOp(ast.USub(), right)]
        case ast.BinOp(left, ast.Div() | ast.Pow(), _):
            errors = [left]
        case ast.BinOp(left, _, right):
            errors = [left, right]
        case ast.Call(ast.Name("max" | "min" | "clip" | "abs"), args, _):
            errors = [arg for arg in args[:2] if not isinstance(arg, ast.GeneratorExp | ast.Constant)]
        case ast.Constant(float() | int() as value) if not isinstance(value, bool):
            errors = [ast.Constant(value * 1.1 or 1.0)]
        case ast.IfExp(_, body, orelse):
            errors = [body, orelse]
        case ast.If(test, body, orelse):
            errors = [ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)]
        case ast.comprehension(target, each, [_, *_], is_async):
            errors = [ast.comprehension(target, each, [], is_async)]
        case ast.Return(ast.Call() | ast.Subscript()):
            errors = [ast.Return(ast.Constant(0.0))]
        case ast.AugAssign() | ast.Assign([ast.Attribute() | ast.Subscript(), *_]) | ast.Expr(ast.Call()):
            errors = [ast.Pass()]
    return errors


class Replacement(ast.NodeTransformer):
    """Puts an error into the place with a number, counted as they are visited."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.wrong = ""

    def visit(self, node: ast.AST) -> Any:
        """Replace a node, or go on to what it holds."""
        for error in errors_in(node):
            self.number -= 1
            if self.number == -1:
                self.wrong = f"{ast.unparse(node).splitlines()[0]} -> {ast.unparse(error).splitlines()[0]}"
                return ast.copy_location(error, node)
        return super().visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """An index is a name, not a number."""
        node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """What a function is given and returns stays as it is annotated."""
        node.body = [self.visit(statement) for statement in node.body]
        return node


def mutants(function: Callable[..., Any]) -> Iterator[Mutant]:
    """All functions that differ from one by one error."""
    source = textwrap.dedent(inspect.getsource(function))
    number = 0
    while True:
        replacement = Replacement(number)
        tree = ast.fix_missing_locations(replacement.visit(ast.parse(source)))
        if not replacement.wrong:
            return
        made: dict[str, Any] = {}
        exec(compile(tree, f"<{function.__name__}>", "exec"), function.__globals__, made)
        yield replacement.wrong, made[function.__name__]
        number += 1
