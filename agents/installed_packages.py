"""The sandbox's packages that the house rules name only where the image has them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.settings import Packages

MORE: Mapping[Packages, str] = {
    "small": "",
    "full": ",\nlightgbm, duckdb, sympy, networkx, shapely, plotly, wordcloud, lxml, bs4, pypdf, pdfplumber, "
    "reportlab, docx, pptx",
}
"""By their names in an `import`; what pandas alone needs is left out."""
