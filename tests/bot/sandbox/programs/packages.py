"""One small program for each package of the full image, with what it prints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.bot.sandbox.programs import workbooks


class Use(NamedTuple):
    """What is used, by its name in the requirements or Debian, and a program that does so."""

    package: str
    code: str
    prints: str
    language: str = "python"
    files: Mapping[str, bytes] = MappingProxyType({})


_FRAME = 'import pandas as pd\ndf = pd.DataFrame({"name": ["a", "b"], "n": [1, 2]})\n'
_READ_BACK = 'print(pd.read_excel("{file}", engine="{engine}")["n"].sum())\n'

_BINARY = {"a.xls": workbooks.xls(), "a.xlsb": workbooks.xlsb()}

USES = (
    Use(
        "beautifulsoup4",
        'from bs4 import BeautifulSoup\nprint(BeautifulSoup("<p>hi", "html.parser").p.text)',
        "hi",
    ),
    Use(
        "html5lib",
        'import io, pandas as pd\nhtml = "<table><tr><th>a<tr><td>3</table>"\n'
        'print(pd.read_html(io.StringIO(html), flavor="bs4")[0]["a"].sum())',
        "3",
    ),
    Use(
        "lxml",
        'import io, pandas as pd\nfrom lxml import etree\nprint(etree.fromstring("<a><b/></a>")[0].tag, '
        'pd.read_html(io.StringIO("<table><tr><th>a</th></tr><tr><td>4</td></tr></table>"), flavor="lxml")[0].iat[0, 0])',
        "b 4",
    ),
    Use(
        "duckdb",
        f'import duckdb\n{_FRAME}df.to_csv("a.csv")\nprint(duckdb.sql("select sum(n) from df").fetchone()[0], '
        "duckdb.sql(\"select count(*) from 'a.csv'\").fetchone()[0])",
        "3 2",
    ),
    Use("jinja2", f'{_FRAME}print("<td" in df.style.highlight_max("n").to_html())', "True"),
    Use(
        "lightgbm",
        "import lightgbm, numpy as np\nx = np.arange(200.0).reshape(-1, 1)\n"
        "model = lightgbm.LGBMRegressor(n_estimators=20, verbose=-1).fit(x, x.ravel())\n"
        "print(model.predict([[190.0]])[0] > model.predict([[10.0]])[0])",
        "True",
    ),
    Use("networkx", "import networkx as nx\nprint(nx.shortest_path(nx.path_graph(4), 0, 3))", "[0, 1, 2, 3]"),
    Use(
        "networkx",
        "import matplotlib.pyplot as plt, networkx as nx, os\nnx.draw(nx.petersen_graph(), with_labels=True)\n"
        'plt.savefig("graph.png")\nprint(os.path.getsize("graph.png") > 1000)',
        "True",
    ),
    Use(
        "numbers-parser",
        "from numbers_parser import Document\nbook = Document()\nbook.sheets[0].tables[0].write(0, 0, 7)\n"
        'book.save("a.numbers")\nprint(Document("a.numbers").sheets[0].tables[0].cell(0, 0).value)',
        "7.0",
    ),
    Use(
        "pdfplumber",
        "import matplotlib.pyplot as plt, pdfplumber\nplt.figtext(0.1, 0.5, 'Hello 42')\nplt.savefig('a.pdf')\n"
        'print(pdfplumber.open("a.pdf").pages[0].extract_text())',
        "Hello 42",
    ),
    Use(
        "plotly",
        f'import plotly.express as px\n{_FRAME}px.bar(df, x="name", y="n").write_html("a.html")\n'
        'print("Plotly.newPlot" in open("a.html").read())',
        "True",
    ),
    Use(
        "pypdf",
        "import pypdf\nbook = pypdf.PdfWriter()\nbook.add_blank_page(100, 100)\nbook.add_blank_page(100, 100)\n"
        'book.write("a.pdf")\nprint(len(pypdf.PdfReader("a.pdf").pages))',
        "2",
    ),
    Use(
        "python-calamine",
        _FRAME + 'df.to_excel("a.xlsx")\n' + _READ_BACK.format(file="a.xlsx", engine="calamine"),
        "3",
    ),
    Use(
        "python-docx",
        'import docx\nd = docx.Document()\nd.add_heading("Report")\nd.add_paragraph("All well.")\nd.save("a.docx")\n'
        'print([p.text for p in docx.Document("a.docx").paragraphs])',
        "['Report', 'All well.']",
    ),
    Use(
        "python-pptx",
        "import pptx\np = pptx.Presentation()\ns = p.slides.add_slide(p.slide_layouts[0])\n"
        's.shapes.title.text = "Sales"\np.save("a.pptx")\n'
        'print(pptx.Presentation("a.pptx").slides[0].shapes.title.text)',
        "Sales",
    ),
    Use("odfpy", _FRAME + 'df.to_excel("a.ods")\n' + _READ_BACK.format(file="a.ods", engine="odf"), "3"),
    Use("odfpy", _FRAME + 'df.to_excel("a.ods")\n' + _READ_BACK.format(file="a.ods", engine="calamine"), "3"),
    Use(
        "odfpy",
        "from odf.opendocument import OpenDocumentText, load\nfrom odf.text import P\nd = OpenDocumentText()\n"
        'd.text.addElement(P(text="Hello"))\nd.save("a.odt")\nprint(load("a.odt").getElementsByType(P)[0])',
        "Hello",
    ),
    Use(
        "reportlab",
        "import pypdf\nfrom reportlab.platypus import SimpleDocTemplate, Table\n"
        'SimpleDocTemplate("a.pdf").build([Table([["Total", 42]])])\nprint(pypdf.PdfReader("a.pdf").pages[0].extract_text().split())',
        "['Total', '42']",
    ),
    Use(
        "shapely",
        "import shapely\nprint(shapely.Point(0, 0).buffer(1).intersects(shapely.box(0, 0, 2, 2)))",
        "True",
    ),
    Use(
        "sympy",
        'import sympy\nx = sympy.Symbol("x")\nprint(sympy.solve(x**2 - 4), sympy.integrate(2 * x))',
        "[-2, 2] x**2",
    ),
    Use("tabulate", f"{_FRAME}print(df.to_markdown(index=False).splitlines()[-1])", "| b      |   2 |"),
    Use(
        "tqdm",
        "import tqdm.auto, pandas as pd\ntqdm.auto.tqdm.pandas(disable=True)\n"
        "print(sum(tqdm.auto.tqdm(range(3), disable=True)), pd.Series([1, 2]).progress_apply(abs).sum())",
        "3 3",
    ),
    Use(
        "wordcloud",
        'from wordcloud import WordCloud\nWordCloud().generate("red red blue").to_file("a.png")\n'
        'from PIL import Image\nprint(Image.open("a.png").size)',
        "(400, 200)",
    ),
    Use(
        "xlsxwriter",
        _FRAME
        + 'with pd.ExcelWriter("a.xlsx", engine="xlsxwriter") as book:\n    df.to_excel(book, sheet_name="S")\n'
        '    chart = book.book.add_chart({"type": "bar"})\n    chart.add_series({"values": "=S!$C$2:$C$3"})\n'
        '    book.sheets["S"].insert_chart("E2", chart)\n' + _READ_BACK.format(file="a.xlsx", engine="openpyxl"),
        "3",
    ),
    Use(
        "pyarrow",
        _FRAME + 'df.to_parquet("a.pq")\ndf.to_feather("a.f")\nprint(pd.read_parquet("a.pq")["n"].sum())',
        "3",
    ),
    Use("pyxlsb", "import pandas as pd\n" + _READ_BACK.format(file="a.xlsb", engine="pyxlsb"), "3", files=_BINARY),
    Use("xlrd", "import pandas as pd\n" + _READ_BACK.format(file="a.xls", engine="xlrd"), "3", files=_BINARY),
    Use("openpyxl", _FRAME + 'df.to_excel("a.xlsx")\n' + _READ_BACK.format(file="a.xlsx", engine="openpyxl"), "3"),
    Use(
        "matplotlib",
        'import pandas as pd\nseries = pd.Series(range(90), pd.date_range("2024-01-01", periods=90))\n'
        'series.plot(title="Units")\nseries.resample("ME").sum().plot.bar()\n'
        "import matplotlib.pyplot as plt, os\nplt.savefig('a.png')\nprint(os.path.getsize('a.png') > 5000)",
        "True",
    ),
    Use("file", "printf '%%PDF-1.4' > a; file a", "a: PDF document, version 1.4", "bash"),
    Use("jq", """echo '{"a": [1, 2]}' | jq '.a | add'""", "3", "bash"),
    Use("sqlite3", "sqlite3 a.db 'create table t(n); insert into t values (3); select n from t'", "3", "bash"),
    Use("zip", "echo hi > a.txt; zip -q a.zip a.txt; unzip -p a.zip", "hi", "bash"),
)

_NUMBERS = "import numpy as np\nx = np.random.rand(20000, 5)\n"
THREADED = {
    "pyarrow": "import pyarrow as pa\ntable = pa.table({'g': [1, 2] * 50000, 'n': range(100000)})\n"
    "def work(): table.group_by('g').aggregate([('n', 'sum')])",
    "duckdb": "import duckdb\n"
    "def work(): duckdb.sql('select i % 2 g, sum(i) from range(1000000) t(i) group by g').fetchall()",
    "lightgbm": f"{_NUMBERS}import lightgbm\n"
    "def work(): lightgbm.LGBMRegressor(n_estimators=5, n_jobs=4, verbose=-1).fit(x, x[:, 0]).predict(x)",
    "KMeans": f"{_NUMBERS}from sklearn.cluster import KMeans\ndef work(): KMeans(3, n_init=1).fit(x)",
    "HistGradientBoosting": f"{_NUMBERS}from sklearn.ensemble import HistGradientBoostingRegressor as Model\n"
    "def work(): Model(max_iter=5).fit(x, x[:, 0])",
    "OpenBLAS": f"{_NUMBERS}def work(): np.linalg.svd(x[:500] @ x[:500].T)",
}
"""Programs that define `work`, which uses threads."""
IN_A_FORK = """
import os, signal
work()
if not os.fork():
    signal.alarm(20)
    work()
    os._exit(0)
print(os.wait()[1])
"""
