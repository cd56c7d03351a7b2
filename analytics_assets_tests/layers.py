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


_OWN = r"analytics_assets"
_GROUND = "errors|redaction|rawjson|__"
_DAGSTER = r"dagster\w*(\..+)?"


def _others_than(rooms: str) -> str:
    """Everything of the platform but these rooms and the ground floor."""
    return rf"{_OWN}\.(?!(?:{rooms}|{_GROUND})\b).+"


LAYERS = (
    Layer(
        rf"{_OWN}\.keys(\..+)?",
        rf"{_OWN}\.(?!keys\b|__).+",
        "keys serve every room and need none",
    ),
    Layer(
        rf"{_OWN}\.settings(\..+)?",
        _others_than("settings"),
        "settings are the ground that every room is built on",
    ),
    Layer(
        rf"{_OWN}\.lake(\..+)?",
        _others_than("lake|settings"),
        "the lake holds files and knows nobody who fills or reads them",
    ),
    Layer(
        rf"{_OWN}\.privacy(\..+)?",
        _others_than("privacy|lake|settings|keys"),
        "privacy protects what the lake holds, whoever brings it",
    ),
    Layer(
        rf"{_OWN}\.ingest(\..+)?",
        _others_than("ingest|privacy|lake|settings|keys"),
        "ingest serves every vendor and knows none",
    ),
    Layer(
        rf"{_OWN}\.vendors\.(?P<vendor>\w+)(\..+)?",
        rf"{_OWN}\.(?!(?:ingest|lake|settings|keys|vendors\.{{vendor}}|{_GROUND})\b).+",
        "a vendor needs ingest alone, so that it can be added or removed by itself",
    ),
    Layer(
        rf"{_OWN}\.attribution(\..+)?",
        rf"httpx(\..+)?|{_OWN}\.ingest\.http\b.*|{_OWN}\.vendors\.\w+\.client\b.*",
        "attribution reads the lake and never a vendor",
    ),
    Layer(
        rf"{_OWN}\.attribution\.models(\..+)?",
        rf"{_OWN}\.(?!attribution\.models\b|errors\b|__).+",
        "the models can be used alone",
    ),
    Layer(
        rf"{_OWN}\.sandbox(\..+)?",
        rf"{_OWN}\.(?!sandbox\b).+",
        "the sandbox is a separate program, so that it cannot share a mistake with the platform",
    ),
    Layer(
        rf"{_OWN}\.(?!defs\b|definitions\b|vendors\.\w+\.resource\b).+",
        _DAGSTER,
        "only defs/ and the vendors' resource.py import Dagster",
    ),
    Layer(
        rf"{_OWN}\.(?!defs\b|cli\b|demo\b|definitions\b).+",
        rf"{_OWN}\.(defs|cli|demo|definitions)\b.*",
        "nothing imports what Dagster loads or what people type",
    ),
    Layer(
        rf"{_OWN}\.(?!defs\.dagster_private\b).+",
        r"dagster\._\w*.*",
        "what Dagster keeps private is used in one file, which has a contract test",
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
