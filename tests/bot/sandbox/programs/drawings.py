"""Programs that draw, each in one of the ways in which people end them, and the files that people get."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Drawing:
    """`files` are all that a program delivers, by name; one that takes seconds is `long`.

    `needs` is a package that not every image has.
    """

    name: str
    code: str
    files: tuple[str, ...]
    exit_code: int = 0
    long: bool = False
    needs: str = ""


def _drawing(
    name: str, code: str, *files: str, exit_code: int = 0, long: bool = False, needs: str = ""
) -> Drawing:
    return Drawing(name, _BEGIN + dedent(code), files, exit_code, long, needs)


def _plotly(name: str, code: str, *files: str) -> Drawing:
    begin = "import plotly.graph_objects as go\nfig = go.Figure(go.Bar(x=[1, 2], y=[3, 4]))\n"
    return Drawing(name, begin + code, files, long=True, needs="plotly")


_BEGIN = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
plt.rcParams["figure.dpi"] = 30
x = np.linspace(0, 1, 5)
df = pd.DataFrame({"a": [1, 2, 3], "b": [3, 1, 2]}, index=["p", "q", "r"])
"""

_SHOWN = (
    _drawing("pyplot", "plt.plot(x)\nplt.show()", "figure-1.png"),
    _drawing("pyplot without show", "plt.plot(x)", "figure-1.png"),
    _drawing(
        "by its title",
        "plt.bar(list('ab'), [1, 2])\nplt.title('Umsatz 2024: Nord/Süd (€)')\nplt.show()",
        "umsatz-2024-nord-süd.png",
    ),
    _drawing("by a title in Hindi", "plt.plot(x)\nplt.title('बिक्री')\nplt.show()", "बिक्री.png", long=True),
    _drawing(
        "by the title above all",
        "fig, axes = plt.subplots(1, 2)\naxes[0].plot(x)\naxes[1].plot(x)\n"
        "axes[0].set_title('left')\naxes[1].set_title('right')\nfig.suptitle('Both')\nplt.show()",
        "both.png",
    ),
    _drawing(
        "several titles are none",
        "fig, axes = plt.subplots(1, 2)\naxes[0].plot(x)\naxes[1].plot(x)\n"
        "axes[0].set_title('left')\naxes[1].set_title('right')\nplt.tight_layout()\nplt.show()",
        "figure-1.png",
    ),
    _drawing(
        "by a name given to the figure",
        "plt.figure('Daily load', figsize=(4, 3))\nplt.plot(x)\nplt.show()",
        "daily-load.png",
    ),
    _drawing(
        "several figures",
        "for n in range(3):\n    plt.figure()\n    plt.plot(x ** n)\nplt.show()",
        "figure-1.png",
        "figure-2.png",
        "figure-3.png",
    ),
    _drawing(
        "show in a loop",
        "for name in df:\n    plt.plot(df[name])\n    plt.title(name)\n    plt.show()",
        "a.png",
        "b.png",
    ),
    _drawing(
        "the same title again",
        "for name in df:\n    plt.plot(df[name])\n    plt.title('Values')\n    plt.show()",
        "values.png",
        "values-2.png",
    ),
    _drawing(
        "a grid of parts",
        "fig, axes = plt.subplots(2, 2)\nfor part in axes.flat:\n    part.hist(x)\nfig.show()",
        "figure-1.png",
    ),
    _drawing(
        "by its methods",
        "fig, ax = plt.subplots()\nax.scatter(x, x)\nax.set(title='Dots')\nplt.show()",
        "dots.png",
    ),
    _drawing(
        "without pyplot",
        "from matplotlib.figure import Figure\nfig = Figure()\nfig.subplots().plot(x)\nfig",
        "figure-1.png",
    ),
    _drawing(
        "show of one without pyplot",
        "from matplotlib.figure import Figure\nfig = Figure()\nfig.subplots().plot(x)\nfig.show()",
        "figure-1.png",
    ),
    _drawing("displayed and then left open", "fig, ax = plt.subplots()\nax.plot(x)\ndisplay(fig)", "figure-1.png"),
    _drawing("as the last value", "fig, ax = plt.subplots()\nax.plot(x)\nfig", "figure-1.png"),
    _drawing("only words", "plt.figure().text(0.5, 0.5, 'words')\nplt.show()", "figure-1.png", long=True),
    _drawing(
        "in space",
        "ax = plt.figure().add_subplot(projection='3d')\nax.plot_surface(*np.meshgrid(x, x), np.outer(x, x))\nplt.show()",
        "figure-1.png",
        long=True,
    ),
    _drawing(
        "a pie", "plt.pie([1, 2], labels=['a', 'b'])\nplt.axis('equal')\nplt.show()", "figure-1.png", long=True
    ),
    _drawing(
        "a matrix with a scale",
        "plt.imshow(np.outer(x, x))\nplt.colorbar()\nplt.show()",
        "figure-1.png",
        long=True,
    ),
    _drawing(
        "a layout that moves what is drawn",
        "fig, ax = plt.subplots(layout='constrained')\nax.plot(x, label='x')\n"
        "fig.legend()\nfig.savefig('mine.png')\nplt.show()",
        "mine.png",
        long=True,
    ),
    _drawing(
        "drawn before it is shown", "plt.plot(x)\nplt.gcf().canvas.draw()\nplt.show()", "figure-1.png", long=True
    ),
    _drawing(
        "interactive",
        "plt.ion()\nplt.plot(x)\nplt.draw()\nplt.pause(5)\nplt.ioff()\nplt.show(block=False)",
        "figure-1.png",
    ),
    _drawing(
        "with a backend that has windows",
        "import matplotlib\nmatplotlib.use('TkAgg')\nplt.plot(x)\nplt.show()",
        "figure-1.png",
    ),
    _drawing(
        "with the backend for files",
        "import matplotlib\nmatplotlib.use('Agg')\nplt.plot(x)\nplt.show()",
        "figure-1.png",
        long=True,
    ),
    _drawing("in a style", "plt.style.use('ggplot')\nplt.plot(x)\nplt.show()", "figure-1.png", long=True),
    _drawing(
        "in another folder",
        "import os\nos.makedirs('deep')\nos.chdir('deep')\nplt.plot(x)\nplt.show()",
        "figure-1.png",
    ),
)
_LIBRARIES = (
    _drawing("pandas", "df.plot()\nplt.show()", "figure-1.png"),
    _drawing("pandas with bars and a title", "df.plot.bar(title='Sums')", "sums.png"),
    _drawing(
        "pandas in a figure that it does not use",
        "plt.figure(figsize=(9, 4))\ndf.plot()\nplt.show()",
        "figure-1.png",
    ),
    _drawing("pandas, one for each column", "df.hist()\nplt.show()", "figure-1.png", long=True),
    _drawing(
        "pandas, one for each group",
        "df.groupby('a').plot()",
        "figure-1.png",
        "figure-2.png",
        "figure-3.png",
        long=True,
    ),
    _drawing("seaborn", "import seaborn as sns\nsns.lineplot(x=x, y=x)\nplt.show()", "figure-1.png", long=True),
    _drawing(
        "seaborn's grids", "import seaborn as sns\nsns.relplot(data=df, x='a', y='b')\nplt.show()", "figure-1.png"
    ),
    _drawing(
        "seaborn's joint plots",
        "import seaborn as sns\nsns.jointplot(data=df, x='a', y='b')",
        "figure-1.png",
        long=True,
    ),
    _drawing(
        "seaborn, saved by its grid",
        "import seaborn as sns\ngrid = sns.relplot(data=df, x='a', y='b')\ngrid.savefig('grid.png')\nplt.show()",
        "grid.png",
        long=True,
    ),
    _drawing(
        "seaborn's objects",
        "import seaborn.objects as so\nso.Plot(df, x='a', y='b').add(so.Dot())",
        "figure-1.png",
        long=True,
    ),
    _drawing(
        "seaborn's objects, shown",
        "import seaborn.objects as so\nso.Plot(df, x='a', y='b').add(so.Dot()).show()",
        "figure-1.png",
        long=True,
    ),
    _drawing("Pillow", "from PIL import Image\nImage.new('RGB', (8, 8)).show()", "figure-1.png"),
    _drawing("Pillow, as the last value", "from PIL import Image\nImage.new('CMYK', (8, 8))", "figure-1.png"),
    _drawing(
        "Pillow, saved and shown",
        "from PIL import Image\nimage = Image.new('RGB', (8, 8))\nimage.save('mine.jpg')\nimage.show()",
        "mine.jpg",
    ),
    _drawing(
        "Pillow, changed after it was saved",
        "from PIL import Image\nimage = Image.new('RGB', (8, 8))\nimage.save('mine.png')\n"
        "image.putpixel((1, 1), (255, 0, 0))\nimage.show(title='Changed')",
        "mine.png",
        "changed.png",
    ),
)
_PLOTLY = (
    _plotly("Plotly", "fig.show()", "figure-1.html"),
    _plotly("Plotly, as the last value", "fig", "figure-1.html"),
    _plotly("Plotly, shown and as the last value", "fig.show()\nfig", "figure-1.html"),
    _plotly("Plotly, by its title", "fig.update_layout(title='Sums <b>2024</b>')\nfig.show()", "sums-2024.html"),
    _plotly("Plotly, for a browser", "fig.show(renderer='browser')", "figure-1.html"),
    _plotly("Plotly, saved and shown", "fig.write_html('mine.html')\nfig.show()", "mine.html"),
    _plotly(
        "Plotly, changed after it was shown",
        "fig.show()\nfig.update_layout(title='New')\nfig.show()",
        "figure-1.html",
        "new.html",
    ),
    _plotly(
        "Plotly, offline",
        "import plotly.offline as offline\noffline.init_notebook_mode(connected=True)\noffline.iplot(fig)",
        "figure-1.html",
    ),
    _plotly("Plotly Express", "import plotly.express as px\npx.line(x=[1, 2], y=[3, 4]).show()", "figure-1.html"),
)
_SAVED = (
    _drawing("saved, then shown", "plt.plot(x)\nplt.savefig('mine.png')\nplt.show()", "mine.png"),
    _drawing("saved and left open", "plt.plot(x)\nplt.savefig('mine.png')", "mine.png"),
    _drawing(
        "saved cut to size, then shown",
        "plt.plot(x)\nplt.savefig('mine.png', dpi=70, bbox_inches='tight')\nplt.show()",
        "mine.png",
        long=True,
    ),
    _drawing("saved as a document", "plt.plot(x)\nplt.savefig('mine.pdf')\nplt.show()", "mine.pdf"),
    _drawing(
        "saved twice",
        "plt.plot(x)\nplt.savefig('mine.png')\nplt.savefig('mine.svg')\nplt.show()",
        "mine.png",
        "mine.svg",
        long=True,
    ),
    _drawing(
        "saved into a file that is open",
        "plt.plot(x)\nwith open('mine.png', 'wb') as f:\n    plt.savefig(f)\nplt.show()",
        "mine.png",
    ),
    _drawing(
        "saved into memory only", "import io\nplt.plot(x)\nplt.savefig(io.BytesIO())\nplt.show()", "figure-1.png"
    ),
    _drawing(
        "saved where nobody gets it", "plt.plot(x)\nplt.savefig('/tmp/mine.png')\nplt.show()", "figure-1.png"
    ),
    _drawing(
        "changed after it was saved",
        "plt.plot(x)\nplt.savefig('mine.png')\nplt.title('More')\nplt.show()",
        "mine.png",
        "more.png",
    ),
    _drawing("shown, then saved", "plt.plot(x)\nplt.show()\nplt.savefig('mine.png')", "mine.png"),
    _drawing(
        "shown, then saved by the figure",
        "fig, ax = plt.subplots()\nax.plot(x)\nplt.show()\nfig.savefig('mine.png')",
        "mine.png",
    ),
    _drawing(
        "shown, then changed",
        "fig, ax = plt.subplots()\nax.plot(x)\nplt.show()\nax.set_title('More')\nplt.show()",
        "figure-1.png",
        "more.png",
    ),
    _drawing("saved and closed", "plt.plot(x)\nplt.savefig('mine.png')\nplt.close()", "mine.png"),
    _drawing(
        "several pages",
        "from matplotlib.backends.backend_pdf import PdfPages\nwith PdfPages('pages.pdf') as pages:\n"
        "    for n in range(2):\n        plt.figure()\n        plt.plot(x)\n        pages.savefig()\n        plt.close()",
        "pages.pdf",
        long=True,
    ),
    _drawing(
        "an animation that is saved",
        "from matplotlib.animation import FuncAnimation\nfig, ax = plt.subplots(figsize=(2, 2))\n"
        "line, = ax.plot(x)\nmoved = FuncAnimation(fig, lambda n: line.set_ydata(x * n), frames=3)\n"
        "moved.save('moved.gif', writer='pillow')\nplt.show()",
        "moved.gif",
    ),
    _drawing(
        "a name that a file has",
        "open('figure-1.png', 'w').write('mine')\nplt.plot(x)\nplt.show()",
        "figure-1.png",
        "figure-2.png",
    ),
)
_NOTHING = (
    _drawing("nothing drawn", "plt.figure()\nplt.show()"),
    _drawing("empty axes", "plt.subplots(2, 2)\nplt.show()"),
    _drawing("closed by the code", "plt.plot(x)\nplt.close('all')\nplt.show()"),
    _drawing("an error after drawing", "plt.plot(x)\nplt.title('Half')\n1 / 0", "half.png", exit_code=1),
    _drawing("an error in what is drawn", "plt.plot(x)\nplt.title(r'$\\frac{1}$')\nplt.show()", exit_code=1),
    _drawing("an exit after drawing", "import sys\nplt.plot(x)\nsys.exit()", "figure-1.png"),
)

DRAWINGS = (*_SHOWN, *_LIBRARIES, *_PLOTLY, *_SAVED, *_NOTHING)
