"""The models as a package of its own: its examples run, and it imports nothing of the platform."""

from __future__ import annotations

import ast
import doctest
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from analytics_assets.attribution import models

_FOLDER = Path(models.__file__).parent
_MODULES = [models.__name__, *(f"{models.__name__}.{m.name}" for m in iter_modules([str(_FOLDER)]))]


def test_every_example_in_a_docstring_gives_what_it_shows() -> None:
    for name in _MODULES:
        found = doctest.testmod(import_module(name), extraglobs=vars(models))
        assert found.failed == 0, name


def test_every_public_function_has_an_example() -> None:
    functions = [
        name for name in models.__all__ if callable(getattr(models, name)) and name[0].islower()
    ]
    assert functions
    for name in functions:
        examples = doctest.DocTestParser().get_examples(getattr(models, name).__doc__)
        assert examples, name


def test_the_package_imports_nothing_else_of_the_platform() -> None:
    """Whoever wants the models alone would have to take Dagster and five vendors with them."""
    for path in _FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                ours = name.startswith("analytics_assets")
                assert not ours or name.startswith(models.__name__), f"{path.name}: {name}"
