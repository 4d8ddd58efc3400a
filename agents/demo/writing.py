"""Programs from the templates in `code/`: names in capitals are filled in, lines marked `#? NAME` are optional."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

WIDTH = 100
_OPTIONAL = re.compile(r"^(.*?) *#\? (\w+)$")


class Code(str):
    """Text that is already Python, written by this package and never by a user."""

    __slots__ = ()


def literal(value: object) -> str:
    """A value as Python source, strings in double quotes where that reads well."""
    match value:
        case Code():
            return str(value)
        case str() if value.isprintable() and '"' not in value and "\\" not in value:
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({', '.join(map(literal, value))})"
        case dict():
            return "{" + ", ".join(f"{literal(key)}: {literal(inner)}" for key, inner in value.items()) + "}"
        case _:
            return repr(value)


def quoted(text: str) -> str:
    """A text of several lines as Python source, the lines kept where that is possible."""
    if (
        "\\" in text
        or '"""' in text
        or text.endswith('"')
        or not text.replace("\n", "").replace("\t", "").isprintable()
    ):
        return repr(text)
    return f'"""{text}"""'


def fill(name: str, values: Mapping[str, object]) -> str:
    """The template `name` with `values` in it; an optional line stays when its name has a true value."""
    lines = []
    for line in _template(name).splitlines():
        if optional := _OPTIONAL.match(line):
            if values.get(optional[2]):
                lines.append(optional[1])
        else:
            lines.append(line)
    if not values:
        return "\n".join(lines)
    names = re.compile(rf"\b(?:{'|'.join(values)})\b")
    return names.sub(lambda found: literal(values[found[0]]), "\n".join(lines))


def call(function: str, *arguments: object, **options: object) -> Code:
    """A call as source, one argument a line when it would be too long for one."""
    parts = [literal(argument) for argument in arguments]
    parts += [f"{name}={literal(value)}" for name, value in options.items()]
    line = f"{function}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return Code(line)
    return Code(f"{function}(\n" + "".join(f"    {part},\n" for part in parts) + ")")


def program(*sections: str) -> str:
    """Sections under the imports that they use, a blank line apart, functions two."""
    parts = [section.strip("\n") for section in sections if section.strip()]
    body = "\n\n".join(parts)
    used = [[line for line in group if re.search(rf"\b{line.split()[-1]}\b", body)] for group in _IMPORTS]
    parts = ["\n".join(group) for group in used if group] + parts
    text = parts[0]
    for before, part in pairwise(parts):
        lines = 3 if before.startswith("def ") or part.startswith("def ") else 2
        text += "\n" * lines + part
    return text


_IMPORTS = (
    ("import json", "from itertools import accumulate", "from pathlib import Path"),
    (
        "import matplotlib.pyplot as plt",
        "import numpy as np",
        "import pandas as pd",
        "from matplotlib import cbook",
        "from sklearn.cluster import KMeans",
        *(
            f"from sklearn.datasets import load_{name}"
            for name in ("breast_cancer", "diabetes", "digits", "iris", "wine")
        ),
        "from sklearn.decomposition import PCA",
        "from sklearn.ensemble import RandomForestClassifier",
        "from sklearn.linear_model import Ridge",
        "from sklearn.metrics import ConfusionMatrixDisplay",
        "from sklearn.metrics import adjusted_rand_score",
        "from sklearn.model_selection import train_test_split",
        "from sklearn.preprocessing import StandardScaler",
    ),
)
"""Every import a program may need, standard library first, in the order of isort."""


@cache
def _template(name: str) -> str:
    return (Path(__file__).parent / "code" / f"{name}.py").read_text(encoding="utf-8")
