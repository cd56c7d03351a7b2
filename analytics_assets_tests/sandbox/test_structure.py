"""The sandbox's modules form layers: none needs, over any number of steps, itself."""

from __future__ import annotations

import ast
from pathlib import Path

import analytics_assets.sandbox

ROOT = Path(analytics_assets.sandbox.__file__).parent


def _name(path: Path) -> str:
    parts = ("analytics_assets", "sandbox", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def _imports(path: Path, modules: set[str]) -> set[str]:
    """The sandbox's modules that a file imports, for types only or not."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & modules) - {_name(path)}


def circular(imports: dict[str, set[str]]) -> set[str]:
    """The modules left after taking away, again and again, those that need none of the rest."""
    left = dict(imports)
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    return set(left)


def test_no_module_imports_itself_over_others() -> None:
    """Failure: two files can only be read, changed and tested together."""
    paths = {_name(path): path for path in ROOT.rglob("*.py")}
    assert len(paths) > 40
    assert circular({name: _imports(path, set(paths)) for name, path in paths.items()}) == set()


def test_a_circle_is_found() -> None:
    """Failure: a search that finds nothing would keep the test above green."""
    assert circular({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}
