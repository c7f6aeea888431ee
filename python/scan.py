"""Reads Python files with the standard library alone and tells what a review needs, as one JSON object.

    scan.py ROOT FILE [FILE …]

For each file: lines, functions {name, line, lines, typed}, stubs {line, what}, imports (top-level names), flags
(argparse options), routes (decorators such as `@app.get("/health")`, and `Route("/predict", …)`), syntax error.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from pathlib import Path
from typing import Any

METRICS = re.compile(r"^(accuracy|precision|recall|f1|macro_f1|auc|mae|rmse|mape|r2|bleu|chrf)(_score)?$")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def body_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.stmt]:
    """Statements after the docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return node.body[1:] if documented else node.body


def is_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def raises_unfinished(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def is_number(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def function_stub(node: ast.FunctionDef | ast.AsyncFunctionDef, protocol: bool) -> str | None:
    body = body_of(node)
    if all(is_nothing(statement) for statement in body):
        return None if protocol else f"{node.name} has an empty body"
    if any(raises_unfinished(statement) for statement in ast.walk(node) if isinstance(statement, ast.Raise)):
        return f"{node.name} raises NotImplementedError"
    only = body[0] if len(body) == 1 else None
    if METRICS.match(node.name) and isinstance(only, ast.Return) and is_number(only.value):
        return f"{node.name} returns a constant"
    return None


def constant_metric(node: ast.AST) -> list[tuple[int, str]]:
    """`metrics["accuracy"] = 0.97` and `{"accuracy": 0.97}`: a figure that nobody measured."""
    found = []
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and METRICS.match(key.value) and is_number(value):
                found.append((value.lineno, f'"{key.value}" is a constant'))
    if isinstance(node, ast.Assign) and is_number(node.value):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                if isinstance(target.slice.value, str) and METRICS.match(target.slice.value):
                    found.append((node.lineno, f'"{target.slice.value}" is a constant'))
    return found


def comments(text: str) -> list[tuple[int, str]]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and UNFINISHED.search(token.string):
                found.append((token.start[0], token.string.strip()[:120]))
    except (tokenize.TokenError, IndentationError):
        return found  # a syntax error is told by ast
    return found


def protocol_functions(tree: ast.Module) -> set[int]:
    marked = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if names & {"Protocol", "ABC"}:
                marked |= {id(child) for child in node.body}
    return marked


def imports(tree: ast.Module) -> list[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return sorted(found)


def flags_and_routes(tree: ast.Module) -> tuple[list[str], list[str]]:
    flags, routes = [], []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name == "add_argument":
            flags += [text for text in texts if text.startswith("--")]
        if texts and texts[0].startswith("/") and name in {"get", "post", "put", "delete", "Route", "add_route", "add_api_route", "mount"}:
            routes.append(texts[0])
    return flags, routes


def functions(tree: ast.Module) -> list[dict[str, Any]]:
    rows = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            named = [one for one in arguments if one.arg not in {"self", "cls"}]
            typed = node.returns is not None and all(one.annotation is not None for one in named)
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            rows.append({"name": node.name, "line": node.lineno, "lines": lines, "typed": typed})
    return rows


def scan(root: Path, relative: str) -> dict[str, Any]:
    text = (root / relative).read_text(encoding="utf-8")
    result: dict[str, Any] = {"path": relative, "lines": text.count("\n"), "error": None}
    try:
        tree = ast.parse(text, filename=relative)
    except SyntaxError as error:
        return {**result, "error": f"line {error.lineno}: {error.msg}", "functions": [], "stubs": [], "imports": [], "flags": [], "routes": []}
    protocols = protocol_functions(tree)
    stubs = [{"line": line, "what": what} for line, what in comments(text)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            what = function_stub(node, id(node) in protocols)
            if what:
                stubs.append({"line": node.lineno, "what": what})
        stubs += [{"line": line, "what": what} for line, what in constant_metric(node)]
    flags, routes = flags_and_routes(tree)
    return {**result, "functions": functions(tree), "stubs": stubs, "imports": imports(tree), "flags": flags, "routes": routes}


def main() -> None:
    root = Path(sys.argv[1])
    json.dump({"files": [scan(root, relative) for relative in sys.argv[2:]], "standard_library": sorted(sys.stdlib_module_names)}, sys.stdout)


if __name__ == "__main__":
    main()
