"""What programs print when they go wrong in ways that are often seen, and the words that name the fix."""

from __future__ import annotations

from collections.abc import Mapping

Table = tuple[tuple[str, str], ...]
"""Patterns of what is printed, each with its sentence; the first that is found counts."""

NETWORK = (
    "There is no network in the sandbox: ask for the data to be attached in this thread, "
    "or use a sample that ships with the libraries."
)
INSTALLED = (
    "use numpy, pandas, scipy, matplotlib, seaborn, scikit-learn, statsmodels, openpyxl, pyarrow, pillow or the "
    "standard library."
)
NOTHING_INSTALLED = f"Nothing can be installed in the sandbox: {INSTALLED}"
LESS_MEMORY = (
    "Read only the columns that are needed (usecols), or work in pieces (chunksize) and with smaller types."
)

KILLED: Mapping[str, str] = {
    "time": "Take a sample or fewer rounds, replace loops by whole-array operations, or save steps to files.",
    "memory": LESS_MEMORY,
    "disk": "Delete files that are no longer needed, and write fewer or smaller ones.",
}
"""By what ended a program, where its note says only why."""

SANDBOX: Table = (
    (
        r"Temporary failure in name resolution|Name or service not known|Network is unreachable|"
        r"Could not resolve host|Failed to establish a new connection|socket\.gaierror|<urlopen error|"
        r"\b(?:curl|wget|git|ssh): (?:command )?not found|No such file or directory: '(?:curl|wget|git)'",
        NETWORK,
    ),
    (
        r"\b(?:pip3?|conda|uv|apt|sudo|npm): (?:command )?not found|No module named '?pip\b|"
        r"nothing can be installed here|Unable to locate package|dpkg/lock|/var/lib/apt/lists|"
        r"No such file or directory: 'pip3?'",
        NOTHING_INSTALLED,
    ),
    (
        r"\bkaleido\b|\bKaleido\b",
        "Plotly cannot write pictures here: use fig.write_html, or draw with matplotlib for a PNG.",
    ),
    (
        r"EOFError: (?:EOF when reading a line|nobody can type)",
        "Nobody can type: write the values into the code, or ask a person with a last line ASK: QUESTION",
    ),
    (
        r"BlockingIOError: \[Errno 11\]|can't start new thread|fork: (?:retry: )?Resource temporarily unavailable|"
        r"pthread_create failed",
        "Too many processes or threads: use few workers (n_jobs=2), and close each pool with `with`.",
    ),
    (r"MemoryError\b|Unable to allocate|Cannot allocate memory|std::bad_alloc", LESS_MEMORY),
    (r"RecursionError: maximum recursion depth", "The recursion is too deep: use a loop or functools.cache."),
    (r"Too many open files", "Too many files are open: open each with `with`."),
    (
        r"FileNotFoundError: .*No such file or directory: '(?:/mnt/|/content|/home|/Users|[A-Z]:|sandbox:|~)",
        "Attached files are in the current folder, under their names alone: os.listdir() lists them.",
    ),
    (
        r"UnicodeDecodeError: 'utf-8' codec can't decode",
        "The file is not UTF-8: read it with encoding='cp1252' or 'latin-1'.",
    ),
)
"""What the sandbox does not have, and what it bounds."""

LIBRARIES: Table = (
    (
        r"Invalid frequency: |no longer supported for offsets",
        "Frequencies of pandas are ME, QE, YE for ends, MS, QS, YS for starts, and D, h, min, s.",
    ),
    (
        r"Cannot perform reduction '\w+' with string dtype|dtype '\w+' does not support operation|"
        r"agg function failed \[how->|Could not convert .* to numeric|Cannot aggregate non-numeric type|"
        r"\.corr\([\s\S]*could not convert string to float",
        "A column holds text: pass numeric_only=True, or choose the columns with numbers.",
    ),
    (
        r"Cannot mask with non-boolean array containing NA",
        "The filter has gaps: pass na=False to str.contains, or use fillna(False).",
    ),
    (r"nested renamer is not supported", "Name the results as arguments: agg(total='sum', average='mean')."),
    (r"pivot\(\) takes 1 positional argument", "pivot wants names: pivot(index=…, columns=…, values=…)."),
    (r"drop\(\) takes from 1 to 2 positional", "drop wants a name: drop(columns=[…])."),
    (
        r"'?seaborn[\w-]*'? is not a valid package style",
        "The style is named 'seaborn-v0_8' now, or use sns.set_theme().",
    ),
    (r"`load_boston` has been removed", "load_boston is gone: use load_diabetes, or attached data."),
    (r"cannot import name '\w+' from 'collections' \(", "Import it from collections.abc."),
    (
        r"Can only use \.str accessor with string values|Can only use \.dt accessor with datetimelike",
        "The column has another type: convert it first with astype(str) or pd.to_datetime.",
    ),
)
"""What libraries say when they are used as in other versions."""

IN_VAIN: Table = (
    (
        r"ChainedAssignmentError|SettingWithCopyWarning",
        "A change of df[column][rows], or with inplace=True on a column, does nothing: use "
        "df.loc[rows, column] = value or df[column] = df[column].fillna(0).",
    ),
)
"""What goes wrong without an error."""

PANDAS_GONE: Mapping[str, str] = {
    "append": "use pd.concat([a, b], ignore_index=True)",
    "applymap": "use map",
    "as_matrix": "use to_numpy()",
    "first": "use df.loc[: start + pd.Timedelta(…)]",
    "get_value": "use at",
    "get_values": "use to_numpy()",
    "is_monotonic": "use is_monotonic_increasing",
    "iteritems": "use items()",
    "ix": "use loc or iloc",
    "last": "use df.loc[end - pd.Timedelta(…) :]",
    "lookup": "use loc, or melt",
    "mad": "use (x - x.mean()).abs().mean()",
    "reshape": "use to_numpy().reshape(…)",
    "sort": "use sort_values(column)",
    "tshift": "use shift(freq=…)",
}
"""Attributes that DataFrame, Series and their like no longer have, and what to use."""

MODULES_GONE: Mapping[str, Mapping[str, str]] = {
    "pandas": {
        "datetime": "write from datetime import datetime",
        "Float64Index": "use pd.Index",
        "Int64Index": "use pd.Index",
        "np": "write import numpy as np",
        "Panel": "use a DataFrame with a MultiIndex",
        "rolling_mean": "use rolling(n).mean()",
        "value_counts": "use df[column].value_counts()",
    },
    "numpy": {
        **dict.fromkeys(("bool", "complex", "float", "int", "object", "str"), "use Python's own type"),
        "in1d": "use np.isin",
        "product": "use np.prod",
        "trapz": "use np.trapezoid",
    },
    "matplotlib.cm": {"get_cmap": "use matplotlib.colormaps[name]"},
    "scipy.integrate": {"simps": "use simpson", "trapz": "use trapezoid", "cumtrapz": "use cumulative_trapezoid"},
    "scipy.stats": {"binom_test": "use binomtest"},
}
"""The same of modules."""

ARGUMENTS_GONE: Mapping[str, str] = {
    "axis": "transpose with df.T first",
    "date_parser": "use parse_dates=[…] with date_format='%d.%m.%Y'",
    "delim_whitespace": r"use sep=r'\s+'",
    "encoding": "leave it out",
    "error_bad_lines": "use on_bad_lines='skip'",
    "infer_datetime_format": "leave it out",
    "inplace": "assign the result",
    "level": "use groupby(level=…).sum()",
    "line_terminator": "use lineterminator",
    "method": "use ffill() or bfill()",
    "normalize": "put a StandardScaler in front",
    "sparse": "use sparse_output",
    "squared": "use root_mean_squared_error",
    "squeeze": "use .squeeze('columns')",
}
"""Arguments that functions no longer take."""

METHODS_GONE: Mapping[str, str] = {"get_feature_names": "use get_feature_names_out"}
"""Attributes that objects of any other class no longer have."""

INSTEAD: Mapping[str, str] = {
    **dict.fromkeys(("torch", "tensorflow", "keras", "xgboost", "catboost"), "use scikit-learn."),
    **dict.fromkeys(("cv2", "skimage", "imageio"), "use pillow with numpy and scipy.ndimage."),
    **dict.fromkeys(("nltk", "spacy", "textblob", "gensim"), "use re and sklearn.feature_extraction.text."),
    **dict.fromkeys(("prophet", "fbprophet", "pmdarima", "arch"), "use statsmodels."),
    **dict.fromkeys(("altair", "bokeh", "pygal", "ggplot", "plotnine"), "draw with matplotlib or seaborn."),
    **dict.fromkeys(("geopandas", "folium", "cartopy"), "draw coordinates with matplotlib."),
    **dict.fromkeys(("ydata_profiling", "pandas_profiling", "sweetviz"), "use describe() and value_counts()."),
    **dict.fromkeys(("pymysql", "psycopg2", "sqlalchemy", "pymongo"), "use sqlite3, or ask for a file."),
    "google": "attached files are in the current folder, and people get what is saved there.",
    "ipywidgets": "nobody can click here, so show all that is needed.",
    "nest_asyncio": "asyncio.run and await work without it.",
}
"""What to use in place of packages that are not installed; for all others that is `INSTALLED`."""
NEEDS_NETWORK = frozenset({"requests", "httpx", "aiohttp", "yfinance", "pandas_datareader", "selenium", "openai"})

IMPORTS: Mapping[str, str] = {
    "pd": "import pandas as pd",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "px": "import plotly.express as px",
}
"""How the names are imported that everybody gives to modules."""
