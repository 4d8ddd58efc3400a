"""Programs that draw one picture each, as `plot.png`; nothing in them differs between runs or machines."""

from __future__ import annotations

_BEGIN = """
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
x = np.linspace(0.1, 10, 50)
r = np.random.default_rng(7)
figure, axes = plt.subplots(figsize=(6, 4))
"""
_END = '\nfigure.savefig("plot.png", dpi=80)\n'

_FRAME = 'df = pd.DataFrame({"a": r.normal(size=60), "b": r.normal(size=60), "k": list("xyz") * 20})\n'
_DAYS = 'days = pd.date_range("2025-01-01", periods=50, freq="D")\n'

_BODIES = {
    "line": "axes.plot(x, np.sin(x), label='sin'); axes.legend()",
    "two lines": "axes.plot(x, np.sin(x)); axes.plot(x, np.cos(x), '--'); axes.grid(True)",
    "steps": "axes.step(x, np.floor(x))",
    "area": "axes.fill_between(x, np.sin(x), alpha=0.4)",
    "stack": "axes.stackplot(x, x, x ** 0.5, np.log(x + 1))",
    "bars": "axes.bar(['a', 'b', 'c'], [3, 1, 2])",
    "bars across": "axes.barh(['a', 'b', 'c'], [3, 1, 2])",
    "grouped bars": (
        "pd.DataFrame({'u': [1, 2], 'v': [3, 1]}, index=['p', 'q']).plot.bar(ax=axes); figure.tight_layout()"
    ),
    "stacked bars": "axes.bar([0, 1], [2, 3]); axes.bar([0, 1], [1, 2], bottom=[2, 3])",
    "error bars": "axes.errorbar(x[::5], np.sin(x[::5]), yerr=0.2, fmt='o')",
    "histogram": "axes.hist(r.normal(size=500), bins=20)",
    "two histograms": "axes.hist([r.normal(size=200), r.normal(1, size=200)], bins=15)",
    "histogram in two dimensions": "axes.hist2d(r.normal(size=500), r.normal(size=500), bins=20)",
    "hexagons": "axes.hexbin(r.normal(size=500), r.normal(size=500), gridsize=15)",
    "box": "axes.boxplot([r.normal(size=50), r.normal(1, size=50)])",
    "violin": "axes.violinplot([r.normal(size=50), r.normal(1, size=50)])",
    "boxes by group": _FRAME + "df.boxplot(column='a', by='k', ax=axes)",
    "scatter": "axes.scatter(r.random(80), r.random(80), c=r.random(80), s=30)",
    "bubbles": "axes.scatter(r.random(30), r.random(30), s=r.random(30) * 500, alpha=0.5)",
    "regression": (
        "y = 2 * x + r.normal(size=50)\naxes.plot(x, y, '.'); axes.plot(x, np.polyval(np.polyfit(x, y, 1), x))"
    ),
    "residuals": "y = r.normal(size=50); axes.stem(x, y)",
    "heat map": "axes.imshow(r.random((8, 8)), cmap='viridis'); figure.colorbar(axes.images[0])",
    "correlations": _FRAME + "axes.matshow(df[['a', 'b']].corr(), vmin=-1, vmax=1)",
    "contour": "axes.contourf(*np.meshgrid(x, x), np.outer(np.sin(x), np.cos(x)))",
    "arrows": "axes.quiver(*np.meshgrid(x[::10], x[::10]), 1, 0.5)",
    "streams": "axes.streamplot(x[:10], x[:10], np.ones((10, 10)), np.ones((10, 10)))",
    "pie": "axes.pie([3, 2, 1], labels=['a', 'b', 'c'], autopct='%1.0f%%')",
    "ring": "axes.pie([3, 2, 1], wedgeprops={'width': 0.4})",
    "polar": "axes.remove(); axes = figure.add_subplot(projection='polar'); axes.plot(x, x)",
    "surface": (
        "axes.remove(); axes = figure.add_subplot(projection='3d')\n"
        "axes.plot_surface(*np.meshgrid(x, x), np.outer(np.sin(x), np.cos(x)))"
    ),
    "points in space": (
        "axes.remove(); axes = figure.add_subplot(projection='3d')\n"
        "axes.scatter(r.random(40), r.random(40), r.random(40))"
    ),
    "four in one": (
        "plt.close(figure); figure, all_axes = plt.subplots(2, 2, figsize=(6, 4))\n"
        "for n, one in enumerate(all_axes.flat): one.plot(x, x ** n)"
    ),
    "two scales": "axes.plot(x, x); axes.twinx().plot(x, np.exp(x), 'r')",
    "logarithmic": "axes.loglog(x, x ** 3)",
    "dates": _DAYS + "axes.plot(days, np.sin(x)); figure.autofmt_xdate()",
    "rolling mean": _DAYS + "s = pd.Series(r.normal(size=50), index=days)\n"
    "s.plot(ax=axes); s.rolling(7).mean().plot(ax=axes)",
    "annotated": (
        "axes.plot(x, np.sin(x))\naxes.annotate('top', (1.6, 1), (4, 0.5), arrowprops={'arrowstyle': '->'})"
    ),
    "formula": r"axes.set_title(r'$\frac{a}{b} = \sqrt{c}$')",
    "dark style": (
        "plt.close(figure)\n"
        "with plt.style.context('dark_background'):\n    figure, axes = plt.subplots(); axes.plot(x)"
    ),
    "many points": "axes.plot(r.normal(size=20_000).cumsum(), linewidth=0.5)",
}

PLOTS = {name: f"{_BEGIN}{body}{_END}" for name, body in _BODIES.items()}
"""Forty programs by name; each draws what it draws anywhere, to the pixel."""
SHOWN = {name: f"{_BEGIN}{body}\nplt.show()\n" for name, body in _BODIES.items()}
"""The same, as they are written for a notebook."""

LABELS = {
    "Greek and Cyrillic": "Ωμέγα и Привет",
    "Chinese": "销售额",
    "Japanese": "売上高",
    "Korean": "매출",
    "Arabic": "مبيعات",
    "Hindi": "बिक्री",
    "signs": "€ ± ≤ ∑ → ☃",
}
"""Words for titles in scripts that matplotlib's own fonts lack in part."""
