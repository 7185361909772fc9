"""What a template imports, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def imports_of(sources: Iterable[str]) -> tuple[str, ...]:
    """List the import statements that stand at the left margin of some cells, each once."""
    found: dict[str, None] = {}
    for source in sources:
        try:
            statements = ast.parse(source).body
        except SyntaxError:
            continue  # a magic, or an error that the report will tell
        for statement in statements:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                found.setdefault(ast.unparse(statement))
    return tuple(found)
