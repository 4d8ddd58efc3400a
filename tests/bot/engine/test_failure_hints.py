"""The fix is named for what programs print when they go wrong; the outputs are real ones, shortened."""

from __future__ import annotations

import pytest

from bot.domain.turn_results import Killed, RunResult
from bot.domain.workspace_files import Artifact
from bot.engine.failure_hints import failure_hint

_GONE = "AttributeError: {} has no attribute '{}'\n"
_ARGUMENT = "TypeError: {}() got an unexpected keyword argument '{}'\n"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        # What the sandbox does not have.
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "no network"),
        ("urllib.error.URLError: <urlopen error [Errno 101] Network is unreachable>", "no network"),
        ("curl: (6) Could not resolve host: example.org", "no network"),
        ("requests: Failed to establish a new connection: [Errno -2] Name or service not known", "no network"),
        ("/workspace/.roundtable-script: line 1: curl: command not found\n", "no network"),
        ("bash: line 1: wget: command not found\n", "no network"),
        ("bash: line 1: git: command not found\n", "no network"),
        ("/workspace/.roundtable-script: line 1: pip: command not found\n", "Nothing can be installed"),
        ("/opt/venv/bin/python: No module named pip\n", "Nothing can be installed"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'pip'\n", "Nothing can be installed"),
        ("ERROR: polars: nothing can be installed here, there is no network.\n", "Nothing can be installed"),
        (
            "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n",
            "Nothing can",
        ),
        ("bash: line 1: sudo: command not found\n", "Nothing can be installed"),
        ("ModuleNotFoundError: No module named 'polars'", "polars is not installed and cannot be: use numpy"),
        ("ModuleNotFoundError: No module named 'torch.nn'", "use scikit-learn"),
        ("ModuleNotFoundError: No module named 'requests'", "no network"),
        ("ModuleNotFoundError: No module named 'nest_asyncio'", "work without it"),
        ("ModuleNotFoundError: No module named 'google.colab'", "current folder"),
        (
            "ImportError: `Import xlrd` failed. Install xlrd >= 2.0.2 for xls Excel support",
            "xlrd is not installed",
        ),
        ("ImportError: Missing optional dependency 'tabulate'.  Use pip or conda", "tabulate is not installed"),
        ('ValueError: \nImage export using the "kaleido" engine requires the kaleido package', "write_html"),
        ("EOFError: EOF when reading a line\n", "ASK:"),
        ("EOFError: nobody can type here: write the values into the code, or end a message with", "ASK:"),
        # What the sandbox bounds.
        ("BlockingIOError: [Errno 11] Resource temporarily unavailable\n", "n_jobs"),
        ("RuntimeError: can't start new thread\n", "n_jobs"),
        ("/workspace/.roundtable-script: fork: retry: Resource temporarily unavailable\n", "n_jobs"),
        ("MemoryError\n", "usecols"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.28 TiB for an array", "usecols"),
        ("RecursionError: maximum recursion depth exceeded\n", "loop"),
        ("OSError: [Errno 24] Too many open files: 'a'\n", "with"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/mnt/data/x.csv'\n", "current folder"),
        ("UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe4 in position 0: unexpected end", "cp1252"),
        # What pandas no longer has.
        (_GONE.format("'DataFrame' object", "append"), "pd.concat"),
        (_GONE.format("'Series' object", "append"), "pd.concat"),
        (_GONE.format("'Series' object", "iteritems"), "items()"),
        (_GONE.format("'DataFrame' object", "ix"), "loc or iloc"),
        (_GONE.format("'DataFrame' object", "applymap"), "use map"),
        (_GONE.format("'DataFrame' object", "as_matrix"), "to_numpy"),
        (_GONE.format("'DataFrame' object", "sort"), "sort_values"),
        (_GONE.format("'Series' object", "is_monotonic"), "is_monotonic_increasing"),
        (_GONE.format("module 'pandas'", "np"), "import numpy"),
        (_GONE.format("module 'pandas'", "rolling_mean"), "rolling(n)"),
        ("ValueError: Invalid frequency: M. Failed to parse with error message: ValueError(\"'M' is no", "ME"),
        ("ValueError: Invalid frequency: H. Failed to parse with error message: Did you mean h?", "D, h, min"),
        (_ARGUMENT.format("NDFrame.fillna", "method"), "ffill"),
        (_ARGUMENT.format("read_csv", "error_bad_lines"), "on_bad_lines"),
        (_ARGUMENT.format("read_csv", "date_parser"), "date_format"),
        (_ARGUMENT.format("NDFrame.to_csv", "line_terminator"), "lineterminator"),
        (_ARGUMENT.format("DataFrame.groupby", "axis"), "df.T"),
        (_ARGUMENT.format("sum", "level"), "groupby(level"),
        (_ARGUMENT.format("DataFrame.set_axis", "inplace"), "assign"),
        ("TypeError: Cannot perform reduction 'mean' with string dtype\n", "numeric_only"),
        ("TypeError: dtype 'str' does not support operation 'mean'\n", "numeric_only"),
        ("    df.corr()\nValueError: could not convert string to float: 'a'\n", "numeric_only"),
        ("ValueError: Cannot mask with non-boolean array containing NA / NaN values\n", "na=False"),
        ("pandas.errors.SpecificationError: nested renamer is not supported\n", "agg(total="),
        ("TypeError: DataFrame.pivot() takes 1 positional argument but 4 were given\n", "index="),
        ("AttributeError: Can only use .str accessor with string values, not integer\n", "astype(str)"),
        # What others no longer have.
        (_GONE.format("module 'numpy'", "float") + "`np.float` was a deprecated alias", "Python's own"),
        (_GONE.format("module 'numpy'", "trapz"), "trapezoid"),
        (_GONE.format("module 'scipy.integrate'", "simps"), "simpson"),
        (_GONE.format("module 'matplotlib.cm'", "get_cmap"), "colormaps"),
        (_GONE.format("'OneHotEncoder' object", "get_feature_names"), "get_feature_names_out"),
        (_ARGUMENT.format("OneHotEncoder.__init__", "sparse"), "sparse_output"),
        ("TypeError: got an unexpected keyword argument 'squared'\n", "root_mean_squared_error"),
        ("OSError: 'seaborn' is not a valid package style, path of style file, URL of style file", "v0_8"),
        ("ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.11/", "collections.abc"),
        # Names.
        ("NameError: name 'df' is not defined\n", "df is not defined"),
        ("NameError: name 'pd' is not defined\n", "import pandas as pd"),
    ],
)
def test_the_fix_is_named(output: str, words: str) -> None:
    assert words in failure_hint(RunResult(1, output, 0.1))


@pytest.mark.parametrize(
    "output",
    [
        "",
        "KeyError: 'network'",
        "ValueError: could not convert string to float: 'a'\n",
        "AttributeError: 'tuple' object has no attribute 'append'\n",
        "AttributeError: 'str' object has no attribute 'sort'\n",
        "TypeError: f() got an unexpected keyword argument 'colour'\n",
        "FileNotFoundError: [Errno 2] No such file or directory: 'sales.csv'\n",
    ],
)
def test_an_error_that_says_all_gets_no_words(output: str) -> None:
    assert failure_hint(RunResult(1, output, 0.1)) == ""


def test_a_name_that_was_lost_is_to_be_defined_again() -> None:
    result = RunResult(1, "NameError: name 'df' is not defined\n", 0.1)
    said = failure_hint(result, had_variables=False)
    assert said == "No variable of an earlier block was there: define df again in the same block."


@pytest.mark.parametrize(
    ("killed", "words"),
    [("time", "sample"), ("memory", "chunksize"), ("disk", "Delete"), ("output", ""), ("stopped", "")],
)
def test_a_program_that_was_killed_is_told_to_take_less(killed: Killed, words: str) -> None:
    said = failure_hint(RunResult(137, "MemoryError", 0.1, killed))
    assert words in said if words else not said


@pytest.mark.parametrize(("exit_code", "words"), [(139, "segmentation fault"), (134, "abort"), (3, "")])
def test_a_crash_is_told(exit_code: int, words: str) -> None:
    said = failure_hint(RunResult(exit_code, "", 0.1))
    assert words in said if words else not said


CHAINED = (
    "/workspace/a.py:3: ChainedAssignmentError: A value is being set on a copy of a DataFrame\n  df['a'][0]=5\n1\n"
)
CLOSED = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.close()\n"
PICTURE = Artifact("a.png", "d", 1, "image/png")


def test_what_was_done_in_vain_is_told_though_nothing_failed() -> None:
    assert "df.loc[rows, column]" in failure_hint(RunResult(0, CHAINED, 0.1))
    assert "before plt.close()" in failure_hint(RunResult(0, "", 0.1), CLOSED)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (RunResult(0, "1\n", 0.1), "print(1)"),
        (RunResult(0, "", 0.1, files=(PICTURE,)), CLOSED),
        (RunResult(0, "", 0.1), CLOSED.replace("plt.close", "plt.savefig('a.png'); plt.close")),
        (RunResult(0, "", 0.1), "import matplotlib.pyplot as plt\nplt.close('all')\nplt.show()"),
        (RunResult(0, "No module named 'polars'", 0.1), "print(error)"),
    ],
)
def test_code_that_ended_well_is_left_alone(result: RunResult, code: str) -> None:
    assert failure_hint(result, code) == ""
