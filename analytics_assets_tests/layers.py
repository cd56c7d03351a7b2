"""Which part of the package may import which: the rules, and how a package is held against them.

The rules that a linter can express stand in ``pyproject.toml``; here are those that depend on who
imports, or that must also see imports inside functions.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Layer:
    """Modules and what they must not import, both as patterns of whole dotted names.

    ``forbidden`` may use the named groups of ``modules`` in braces.
    """

    modules: str
    forbidden: str
    why: str


LAYERS = (
    Layer(
        r"analytics_assets\.core(\..+)?",
        r"analytics_assets\.(?!core\b|__).+",
        "core serves every vendor and knows none",
    ),
    Layer(
        r"analytics_assets\.vendors\.(?P<vendor>\w+)(\..+)?",
        r"analytics_assets\.(?!core\b|vendors\.{vendor}\b|__).+",
        "a vendor stands on core alone, so that it can be added or removed by itself",
    ),
    Layer(
        r"analytics_assets\.attribution(\..+)?",
        r"httpx(\..+)?|analytics_assets\.core\.http\b.*|analytics_assets\.vendors\.\w+\.client\b.*",
        "attribution reads the lake and never a vendor",
    ),
    Layer(
        r"analytics_assets\.sandbox(\..+)?",
        r"analytics_assets\.(?!sandbox\b).+",
        "the sandbox is a separate program, so that it cannot share a mistake with the platform",
    ),
    Layer(
        r"analytics_assets\.(vendors\.\w+\.client|sandbox|attribution\.models)(\..+)?",
        r"dagster\w*(\..+)?",
        "plain Python, usable and testable without Dagster",
    ),
)


def violations(root: Path) -> list[str]:
    """One line for each import below the package folder ``root`` that a layer forbids."""
    return [
        f"{path.relative_to(root.parent)}:{line}: {module} imports {name}: {layer.why}"
        for path in sorted(root.rglob("*.py"))
        for module in [_module_name(path, root)]
        for layer, forbidden in _rules_for(module)
        for line, name in _imports(path, module)
        if forbidden.fullmatch(name)
    ]


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _rules_for(module: str) -> Iterator[tuple[Layer, re.Pattern[str]]]:
    for layer in LAYERS:
        if match := re.fullmatch(layer.modules, module):
            yield layer, re.compile(layer.forbidden.format(**match.groupdict()))


def _imports(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Every imported name with its line, absolute, also from inside functions and type checks."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, package)
            # an imported name may be a module itself: `from analytics_assets import sandbox`
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parents = package.split(".")
    base = parents[: len(parents) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
