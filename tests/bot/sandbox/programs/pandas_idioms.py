"""What language models that were trained until 2024 write for pandas, with what each printed in its day.

Run as a script it counts them with the pandas of whatever Python runs it: `PYTHON tests/bot/sandbox/programs/pandas_idioms.py`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass

BEFORE = """\
import io
import numpy as np
import pandas as pd
df = pd.DataFrame({
    "region": ["north", "south", "north", "east"],
    "product": ["a", "b", "b", "a"],
    "units": [3, 5, 2, 4],
    "price": [1.5, np.nan, 2.5, 3.0],
    "date": pd.to_datetime(["2024-01-31", "2024-02-15", "2024-02-29", "2024-04-01"]),
})
"""


@dataclass(frozen=True)
class Idiom:
    """One program after BEFORE: the last line that it printed in its day.

    `error` is a part of what the locked pandas answers, "" where it prints the same; `instead` is how it is said now.
    """

    name: str
    code: str
    prints: str
    error: str = ""
    instead: str = ""

    @property
    def program(self) -> str:
        """All of it."""
        return BEFORE + self.code


IDIOMS = (
    # Tables made longer, and walked over.
    Idiom(
        "DataFrame.append of a row",
        'df = df.append({"region": "west", "units": 7}, ignore_index=True)\nprint(len(df), df["units"].sum())',
        "5 21",
        error="'DataFrame' object has no attribute 'append'",
        instead="df = pd.concat([df, pd.DataFrame([row])], ignore_index=True)",
    ),
    Idiom(
        "Series.append",
        'both = df["units"].append(pd.Series([10]))\nprint(both.tolist())',
        "[3, 5, 2, 4, 10]",
        error="'Series' object has no attribute 'append'",
        instead="pd.concat([series, other])",
    ),
    Idiom(
        "DataFrame.iteritems",
        "print([name for name, _ in df.iteritems()][:2])",
        "['region', 'product']",
        error="'DataFrame' object has no attribute 'iteritems'",
        instead="df.items()",
    ),
    Idiom(
        "Series.iteritems",
        'print([(str(i), int(v)) for i, v in df.groupby("region")["units"].sum().iteritems()])',
        "[('east', 4), ('north', 5), ('south', 5)]",
        error="'Series' object has no attribute 'iteritems'",
        instead="series.items()",
    ),
    Idiom("iterrows with a position", "print([row[0] for _, row in df.iterrows()][:2])", "['north', 'south']"),
    Idiom(
        "a position in a Series of names",
        'totals = df.groupby("region")["units"].sum().sort_values(ascending=False)\nprint(int(totals[0]))',
        "5",
    ),
    # Rows, columns and cells.
    Idiom(
        "DataFrame.ix",
        'print(int(df.ix[1, "units"]))',
        "5",
        error="'DataFrame' object has no attribute 'ix'",
        instead="df.loc[label, column] or df.iloc[row, place]",
    ),
    Idiom(
        "drop of a column by position",
        'print(df.drop("price", 1).shape)',
        "(4, 4)",
        error="DataFrame.drop() takes from 1 to 2 positional arguments but 3 were given",
        instead='df.drop(columns="price")',
    ),
    Idiom(
        "set_axis in place",
        'df.set_axis(["a", "b", "c", "d", "e"], axis=1, inplace=True)\nprint(list(df.columns))',
        "['a', 'b', 'c', 'd', 'e']",
        error="DataFrame.set_axis() got an unexpected keyword argument 'inplace'",
        instead="df.columns = names",
    ),
    Idiom(
        "lookup",
        'print(df.lookup([0, 1], ["units", "product"]).tolist())',
        "[3, 'b']",
        error="'DataFrame' object has no attribute 'lookup'",
        instead="df.at[row, column] for each pair",
    ),
    Idiom(
        "between both ends",
        'print(int(df["units"].between(3, 5, inclusive=True).sum()))',
        "3",
        error="Inclusive has to be either string of 'both','left', 'right', or 'neither'",
        instead='inclusive="both"',
    ),
    Idiom("query", "print(len(df.query(\"region == 'north' and units > 2\")))", "1"),
    Idiom("a cell by chained brackets", 'df["units"][0] = 100\nprint(int(df["units"].sum()))', "111"),
    Idiom(
        "a fraction into a column of integers",
        'df.loc[0, "units"] = 2.5\nprint(float(df["units"].sum()))',
        "13.5",
    ),
    Idiom("writing into values", 'v = df["units"].values\nv[0] = 100\nprint(int(v.sum()))', "111"),
    # Types.
    Idiom("select_dtypes of object", 'print(list(df.select_dtypes("object").columns))', "['region', 'product']"),
    Idiom(
        "dtypes equal to 'object'",
        "print(list(df.dtypes[df.dtypes == 'object'].index))",
        "['region', 'product']",
    ),
    Idiom(
        "a column's dtype equal to object",
        "print([c for c in df.columns if df[c].dtype == object])",
        "['region', 'product']",
    ),
    Idiom(
        "issubdtype of every column",
        "print([c for c in df.columns if np.issubdtype(df[c].dtype, np.number)])",
        "['units', 'price']",
    ),
    Idiom("describe of objects", 'print(df.describe(include=["O"]).loc["top"].tolist())', "['north', 'a']"),
    Idiom(
        "np.float",
        'print(df["units"].astype(np.float).sum())',
        "14.0",
        error="module 'numpy' has no attribute 'float'",
        instead="float",
    ),
    Idiom(
        "np.bool",
        'print((df["units"] > 2).astype(np.bool).tolist())',
        "[True, True, False, True]",
        error="module 'numpy' has no attribute 'bool'",
        instead="bool",
    ),
    Idiom(
        "np.int",
        'print(df["units"].astype(np.int).tolist())',
        "[3, 5, 2, 4]",
        error="module 'numpy' has no attribute 'int'",
        instead="int",
    ),
    Idiom(
        "dates as seconds",
        'print((df["date"].astype("int64") // 10**9).tolist()[0])',
        "1706659200",
    ),
    Idiom("applymap", 'print(df[["units"]].applymap(lambda v: v * 2)["units"].tolist())', "[6, 10, 4, 8]"),
    # What is missing, and what is replaced.
    Idiom(
        "fillna in place on a column",
        'df["price"].fillna(0, inplace=True)\nprint(int(df["price"].isna().sum()))',
        "0",
    ),
    Idiom(
        "replace in place on a column",
        'df["region"].replace("north", "N", inplace=True)\nprint(df["region"].tolist())',
        "['N', 'south', 'N', 'east']",
    ),
    Idiom(
        "fillna by method",
        'print(df["price"].fillna(method="ffill").tolist())',
        "[1.5, 1.5, 2.5, 3.0]",
    ),
    Idiom(
        "str.replace by a pattern",
        'money = pd.Series(["$1,200", "$300"])\nprint(money.str.replace(r"[$,]", "").astype(float).sum())',
        "1500.0",
        error="could not convert string to float: '$1,200'",
        instead='series.str.replace(pattern, "", regex=True)',
    ),
    # Dates.
    Idiom(
        "date_range by months",
        'print(pd.date_range("2024-01-01", periods=3, freq="M").strftime("%m-%d").tolist())',
        "['01-31', '02-29', '03-31']",
    ),
    Idiom(
        "date_range by hours",
        'print(pd.date_range("2024-01-01", periods=3, freq="H").hour.tolist())',
        "[0, 1, 2]",
    ),
    Idiom(
        "date_range without an end",
        'print(len(pd.date_range("2024-01-01", "2024-01-05", closed="left")))',
        "4",
        error="unexpected keyword argument 'closed'",
        instead='inclusive="left"',
    ),
    Idiom(
        "resample by months",
        'print(df.set_index("date")["units"].resample("M").sum().tolist())',
        "[3, 7, 0, 4]",
    ),
    Idiom(
        "resample by quarters",
        'print(df.set_index("date")["units"].resample("Q").sum().tolist())',
        "[10, 4]",
    ),
    Idiom("resample by years", 'print(df.set_index("date")["units"].resample("Y").sum().tolist())', "[14]"),
    Idiom(
        "Grouper by months",
        'print(df.groupby(pd.Grouper(key="date", freq="M"))["units"].sum().tolist())',
        "[3, 7, 0, 4]",
    ),
    Idiom(
        "months as periods",
        'print(df.groupby(df["date"].dt.to_period("M"))["units"].sum().tolist())',
        "[3, 7, 4]",
    ),
    Idiom(
        "dt.week",
        'print(df["date"].dt.week.tolist())',
        "[5, 7, 9, 14]",
        error="'DatetimeProperties' object has no attribute 'week'",
        instead="series.dt.isocalendar().week",
    ),
    Idiom(
        "weekofyear of an index",
        "print(pd.DatetimeIndex(df['date']).weekofyear.tolist())",
        "[5, 7, 9, 14]",
        error="'DatetimeIndex' object has no attribute 'weekofyear'",
        instead="index.isocalendar().week",
    ),
    Idiom(
        "to_datetime that infers",
        'print(pd.to_datetime(pd.Series(["01/31/2024"]), infer_datetime_format=True).dt.day.tolist())',
        "[31]",
    ),
    Idiom(
        "to_datetime of mixed texts",
        'print(pd.to_datetime(pd.Series(["2024-01-31", "Feb 3, 2024"])).dt.day.tolist())',
        "[31, 3]",
        error="passing `format='mixed'`",
        instead='pd.to_datetime(series, format="mixed")',
    ),
    Idiom(
        "pd.datetools",
        'print(pd.datetools.to_datetime("2024-01-31").day)',
        "31",
        error="module 'pandas' has no attribute 'datetools'",
        instead="pd.to_datetime and pd.offsets",
    ),
    # Files.
    Idiom(
        "read_csv that skips bad lines",
        'print(len(pd.read_csv(io.StringIO("a,b\\n1,2\\n1,2,3\\n4,5\\n"), error_bad_lines=False)))',
        "2",
        error="read_csv() got an unexpected keyword argument 'error_bad_lines'",
        instead='on_bad_lines="skip"',
    ),
    Idiom(
        "read_csv by white space",
        'print(pd.read_csv(io.StringIO("a b\\n1   2\\n"), delim_whitespace=True).shape)',
        "(1, 2)",
    ),
    Idiom(
        "read_csv with a parser of dates",
        "parse = lambda text: pd.to_datetime(text, format='%d.%m.%Y')\n"
        'read = pd.read_csv(io.StringIO("d,n\\n31.01.2024,1\\n"), parse_dates=["d"], date_parser=parse)\n'
        'print(read["d"].dt.day.tolist())',
        "[31]",
    ),
    Idiom(
        "read_csv into a Series",
        'print(pd.read_csv(io.StringIO("n\\n1\\n2\\n"), squeeze=True).sum())',
        "3",
        error="read_csv() got an unexpected keyword argument 'squeeze'",
        instead='pd.read_csv(file).squeeze("columns")',
    ),
    Idiom("read_json of a text", 'print(len(pd.read_json(\'[{"a": 1}, {"a": 2}]\')))', "2"),
    Idiom(
        "to_csv with ends of lines",
        'print(repr(df[["units"]].head(1).to_csv(index=False, line_terminator="\\n")))',
        r"'units\n3\n'",
        error="to_csv() got an unexpected keyword argument 'line_terminator'",
        instead='lineterminator="\\n"',
    ),
    Idiom(
        "to_excel with an encoding",
        'df.to_excel("out.xlsx", index=False, encoding="utf-8")\nprint(pd.read_excel("out.xlsx").shape)',
        "(4, 5)",
        error="to_excel() got an unexpected keyword argument 'encoding'",
        instead="df.to_excel(path) without encoding",
    ),
    # Sums and groups.
    Idiom(
        "groupby.apply with the column that groups",
        "print(df.groupby('region').apply(lambda g: f\"{g['region'].iloc[0]} {g['units'].sum()}\").tolist())",
        "['east 4', 'north 5', 'south 5']",
    ),
    Idiom(
        "groupby.mean of everything",
        'print(df.groupby("region").mean()["units"].tolist())',
        "[4.0, 2.5, 5.0]",
        error="agg function failed [how->mean,dtype->object]",
        instead="df.groupby(name).mean(numeric_only=True)",
    ),
    Idiom(
        "corr with columns of text",
        'print(round(float(df.corr().loc["units", "units"]), 1))',
        "1.0",
        error="could not convert string to float: 'north'",
        instead="df.corr(numeric_only=True)",
    ),
    Idiom(
        "mad",
        'print(float(df["units"].mad()))',
        "1.0",
        error="'Series' object has no attribute 'mad'",
        instead="(series - series.mean()).abs().mean()",
    ),
    Idiom(
        "sum by a level",
        'print(df.set_index(["region", "product"])["units"].sum(level=0).tolist())',
        "[5, 5, 4]",
        error="sum() got an unexpected keyword argument 'level'",
        instead="series.groupby(level=0).sum()",
    ),
    Idiom(
        "value_counts named by rename",
        'counts = df["region"].value_counts().reset_index().rename(columns={"index": "name", "region": "count"})\n'
        'print(dict(zip(counts["name"], counts["count"].tolist()))["north"])',
        "2",
        error="KeyError: 'name'",
        instead='df[name].value_counts().rename_axis("name").reset_index(name="count")',
    ),
    Idiom(
        "groups of bins, empty ones too",
        "print(df.groupby(pd.cut(df['units'], [0, 1, 3, 5]))['units'].count().tolist())",
        "[0, 2, 2]",
    ),
    Idiom(
        "get_dummies in a regression",
        "import statsmodels.api as sm\n"
        'x = pd.get_dummies(df[["units", "product"]], drop_first=True)\n'
        "print(len(sm.OLS([1.0, 2.0, 3.0, 4.5], sm.add_constant(x)).fit().params))",
        "3",
    ),
    # Shapes.
    Idiom(
        "pivot by positions",
        'print(df.iloc[1:].pivot("region", "product", "units").loc["east", "a"])',
        "4.0",
        error="DataFrame.pivot() takes 1 positional argument but 4 were given",
        instead="df.pivot(index=..., columns=..., values=...)",
    ),
    Idiom(
        "pivot_table, melt, merge, shift and rolling",
        'wide = df.pivot_table(index="region", columns="product", values="units", aggfunc=np.sum, fill_value=0)\n'
        'long = wide.reset_index().melt(id_vars="region", value_name="units")\n'
        'both = long.merge(df[["region", "price"]], on="region", how="left")\n'
        'steps = df["units"].shift(1).fillna(0).rolling(2).sum()\n'
        "print(len(both), steps.tolist()[1:])",
        "8 [3.0, 8.0, 7.0]",
    ),
)


def last_line(output: str) -> str:
    """What a program printed last."""
    return (output.strip().splitlines() or [""])[-1]


def main() -> None:
    """Run each with this Python; a line each, and the count."""
    right = loud = 0
    for idiom in IDIOMS:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", idiom.program],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        last = last_line(done.stdout)
        verdict = "right" if last == idiom.prints else "loud" if done.returncode else "SILENT"
        right, loud = right + (verdict == "right"), loud + (verdict == "loud")
        sys.stdout.write(f"{verdict:7}{idiom.name:45}{'' if verdict == 'right' else last[:150]}\n")
    sys.stdout.write(f"{right} right, {loud} fail loudly, {len(IDIOMS) - right - loud} silently wrong\n")


if __name__ == "__main__":
    main()
