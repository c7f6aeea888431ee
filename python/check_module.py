"""Reads a network that a model has written, without running it, and tells what it may not do.

    check_module.py FILE PACKAGE

Run in the folder of the project, by its Python: names are looked up in the libraries themselves. A network computes
with tensors; it needs no files, processes, network, reflection, or state beyond its own. Prints a JSON list of
{line, what}.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

LIBRARIES = {"torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.linalg", "torch.fft", "torch.special"}
STANDARD = {"__future__", "collections.abc", "dataclasses", "itertools", "math", "typing"}
BUILTINS = {
    "abs", "all", "any", "bool", "dict", "enumerate", "float", "int", "isinstance", "len", "list", "map", "max",
    "min", "pow", "property", "range", "reversed", "round", "set", "sorted", "staticmethod", "str", "sum", "super",
    "tuple", "type", "zip", "RuntimeError", "TypeError", "ValueError",
}  # fmt: skip
# Methods of tensors and modules that reach outside of them or watch what training does.
METHODS = {"dump", "load", "load_state_dict", "map_", "numpy", "save", "set_", "share_memory", "share_memory_", "tofile"}
REGISTERS = {"register_buffer", "register_parameter", "register_module"}
# Functions of torch that read, write, start or compile something.
FUNCTIONS = {"compile", "from_file", "load", "save", "set_num_threads", "set_default_device", "manual_seed", "seed"}


class Check(ast.NodeVisitor):
    def __init__(self, package: str) -> None:
        self.package = package
        self.findings: list[dict[str, object]] = []
        self.modules: dict[str, ModuleType] = {}
        self.depth = 0

    def tell(self, node: ast.AST, what: str) -> None:
        self.findings.append({"line": getattr(node, "lineno", 1), "what": what})

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name not in LIBRARIES | STANDARD:
                self.tell(node, f"imports {alias.name}")
            elif alias.asname is None and "." in alias.name:
                self.tell(node, f"imports {alias.name} without a name for it")
            else:
                self.modules[alias.asname or alias.name] = importlib.import_module(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        own = source in {f"{self.package}.models.networks", f"{self.package}.layout"}
        if node.level or not (own or source in LIBRARIES | STANDARD):
            self.tell(node, f"imports from {'.' * node.level}{source}")
            return
        module = importlib.import_module(source)
        for alias in node.names:
            found = getattr(module, alias.name, None)
            if isinstance(found, ModuleType):
                if found.__name__ in LIBRARIES:
                    self.modules[alias.asname or alias.name] = found
                else:
                    self.tell(node, f"imports the module {found.__name__}")
            elif alias.name in FUNCTIONS or alias.name.startswith("_") or alias.name == "*":
                self.tell(node, f"imports {alias.name}")
            elif own and not str(getattr(found, "__module__", source)).startswith(f"{self.package}."):
                self.tell(node, f"imports {alias.name}, which {source} has from elsewhere")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain = names_of(node)
        if chain and chain[0] in self.modules:
            self.resolve(node, chain)
            return
        name = node.attr
        if name.startswith("__") and not (name == "__init__" and is_super(node.value)):
            self.tell(node, f"uses {name}")
        if name in METHODS or is_hook(name):
            self.tell(node, f"calls {name}")
        self.visit(node.value)

    def resolve(self, node: ast.Attribute, chain: list[str]) -> None:
        """A name of a library is used in place: `torch.nn.functional.relu`, never the module by itself."""
        if not isinstance(node.ctx, ast.Load):
            self.tell(node, f"changes {'.'.join(chain)}")
        found: object = self.modules[chain[0]]
        for name in chain[1:]:
            if name.startswith("_") or name in FUNCTIONS | METHODS or is_hook(name):
                self.tell(node, f"uses {'.'.join(chain)}")
                return
            found = getattr(found, name, None)
            if isinstance(found, ModuleType) and found.__name__ not in LIBRARIES:
                self.tell(node, f"reaches the module {found.__name__}")
                return
        if isinstance(found, ModuleType):
            self.tell(node, f"hands on the module {found.__name__}")
        if found is None:
            self.tell(node, f"{'.'.join(chain)} does not exist")

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.modules:
            self.tell(node, f"hands on the module {node.id}")
        elif hasattr(builtins, node.id) and node.id not in BUILTINS:
            self.tell(node, f"uses {node.id}")
        elif node.id.startswith("__"):
            self.tell(node, f"uses {node.id}")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) != 1:
            self.tell(node, "makes a class at run time")
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.tell(node, f"global {', '.join(node.names)}")

    def visit_Module(self, node: ast.Module) -> None:
        for statement in node.body:
            if not is_declaration(statement):
                self.tell(statement, "does something when it is imported; only constants, functions and classes may stand there")
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            if not is_declaration(statement):
                self.tell(statement, f"does something in the body of {node.name}")
        self.generic_visit(node)


def names_of(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts; empty where it does not begin with a name."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = names_of(node.value)
        return [*before, node.attr] if before else []
    return []


def is_hook(name: str) -> bool:
    return name.startswith("register_") and name not in REGISTERS


def is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def is_declaration(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        return True
    if isinstance(node, ast.AnnAssign):
        return node.value is None or is_constant(node.value)
    if isinstance(node, ast.Assign):
        return is_constant(node.value)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(is_constant(part) for part in node.elts)
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    return isinstance(node, ast.Constant)


def main() -> int:
    file, package = Path(sys.argv[1]), sys.argv[2]
    sys.path.insert(0, str(Path.cwd()))
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=file.name)
    except (SyntaxError, ValueError) as error:
        print(json.dumps([{"line": getattr(error, "lineno", 1) or 1, "what": f"cannot be read: {error}"}]))
        return 0
    check = Check(package)
    check.visit(tree)
    if not any(isinstance(one, ast.FunctionDef) and one.name == "build" for one in tree.body):
        check.findings.append({"line": 1, "what": "has no function build(architecture, outputs)"})
    print(json.dumps(check.findings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
