"""What people write in notebooks, and what they are used to seeing."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Habit:
    """`blocks` run one after the other in one interpreter; the exit code is that of the last one that fails.

    `output` is all that they print, unless it ends in `…`: then it is how that begins. `files` are new afterwards.
    `needs` is a package that not every image has.
    """

    name: str
    blocks: tuple[str, ...]
    output: str = ""
    exit_code: int = 0
    files: tuple[str, ...] = ()
    needs: str = ""


def _habit(
    name: str, *blocks: str, output: str = "", exit_code: int = 0, files: tuple[str, ...] = (), needs: str = ""
) -> Habit:
    sources = tuple(dedent(block).lstrip("\n") if block.startswith("\n") else block for block in blocks)
    return Habit(name, sources, dedent(output), exit_code, files, needs)


_VALUES = (
    _habit("a last value", "x = 20\nx + 22\n", output="42\n"),
    _habit("a last text is quoted", "'a' + 'b'", output="'ab'\n"),
    _habit("None is nothing to see", "print('x')\nNone", output="x\n"),
    _habit("a call that returns nothing", "[].append(1)"),
    _habit("a semicolon silences", "1 + 1;", output=""),
    _habit("a semicolon before a remark silences", "(1 + 1);  # two\n", output=""),
    _habit("a semicolon in a remark does not", "1 + 1  # one; two", output="2\n"),
    _habit("only the last value", "1\n2\n3\n", output="3\n"),
    _habit("a value in a branch is not shown", "if True:\n    5\n", output=""),
    _habit("a closing remark in quotes", "print(1)\n'''\nThat was\nall.\n'''\n", output="1\n"),
    _habit("a table", "import pandas as pd\npd.DataFrame({'a': [1, 2]})", output="   a\n0  1\n1  2\n"),
    _habit(
        "a wide table is whole",
        "import pandas as pd\npd.DataFrame({f'a_long_name_{n}': [n] for n in range(14)})\n",
        output=" ".join(["   a_long_name_0", *(f" a_long_name_{n}" for n in range(1, 14))]) + "\n…",
    ),
    _habit(
        "a long table is short",
        "import pandas as pd\npd.DataFrame({'a': range(5000)})",
        output="         a\n0        0\n1        1\n2        2\n3        3\n4        4\n...    ...\n…",
    ),
    _habit("a long value is cut", "list(range(100_000))", output="[0, 1, 2, 3, …"),
    _habit(
        "what a drawing call returns is no result", "import matplotlib.pyplot as plt\nplt.xlabel('x')", output=""
    ),
    _habit("what writing returns is no result", "import sys\nsys.stdout.write('42\\n')", output="42\n"),
    _habit(
        "an error while a value is shown",
        "class C:\n    def __repr__(self): raise ValueError('no')\nC()",
        output='Traceback (most recent call last):\n  File "<block 1>", line 3, in <module>\n…',
        exit_code=1,
    ),
)
_DISPLAY = (
    _habit("display", "display(1, 'two')\nfor n in range(2): display(n)", output="1\ntwo\n0\n1\n"),
    _habit(
        "display as it is imported",
        "from IPython.display import display, Markdown\ndisplay(Markdown('# Hi'))",
        output="# Hi\n",
    ),
    _habit(
        "HTML as text", "from IPython.display import HTML\nHTML('<b>Hi</b><br><i>there</i>')", output="Hi\nthere\n"
    ),
    _habit(
        "clear_output", "from IPython.display import clear_output\nclear_output(wait=True)\nprint(1)", output="1\n"
    ),
    _habit(
        "display of a styled table",
        "import pandas as pd\ndisplay(pd.DataFrame({'a': [1]}))",
        output="   a\n0  1\n",
    ),
)
_MAGICS = (
    _habit("%matplotlib inline", "%matplotlib inline\nimport math\nprint(math.floor(2.5))", output="2\n"),
    _habit(
        "%config",
        "%config InlineBackend.figure_format = 'retina'\n%load_ext autoreload\n%autoreload 2\n1",
        output="1\n",
    ),
    _habit("%%time", "%%time\nx = 5\nx\n", output="5\nCPU times: …"),
    _habit("%time of a statement", "%time y = sum(range(5))\nprint(y)", output="CPU times: …"),
    _habit("%timeit", "%timeit -n 10 sum(range(5))", output="…"),
    _habit("a shell line", "!echo hello", output="hello\n"),
    _habit(
        "a shell line with variables",
        "name = 'data'\n!echo {name}.csv $name {len(name)} | tr a-z A-Z",
        output="DATA.CSV DATA 4\n",
    ),
    _habit("a shell line keeps its own braces", "!printf '%s\\n' a b | awk '{print $1}'", output="a\nb\n"),
    _habit("a shell line in a loop", "for n in range(2):\n    !echo {n}\n", output="0\n1\n"),
    _habit("a shell line over two lines", "!echo one \\\n  two\nprint(3)\n", output="one two\n3\n"),
    _habit("what a shell line prints", "words = !printf 'a\\nb\\n'\nprint(words)", output="['a', 'b']\n"),
    _habit("%%bash", "%%bash\nfor n in 1 2; do echo $n; done\nexit 3\n", output="1\n2\n", exit_code=3),
    _habit(
        "%%writefile and %run",
        "%%writefile part.py\nprint('part')\n",
        "%run part.py",
        output="Writing part.py\npart\n",
        files=("part.py",),
    ),
    _habit(
        "pip install of what is there",
        "!pip install -q numpy\nimport numpy\nprint(numpy.int8(1))",
        output="Requirement already satisfied: numpy (…",
    ),
    _habit(
        "%pip install of what is not",
        "%pip install lifelines>=0.1",
        output="ERROR: lifelines: nothing can be installed here, there is no network.\n",
    ),
    _habit("%%capture", "%%capture\nprint('unseen')\nx = 1\n", "x", output="1\n"),
    _habit(
        "a question",
        "?divmod",
        output="divmod(x, y, /)\nReturn the tuple (x//y, x%y).  Invariant: div*y + mod == x.\n",
    ),
    _habit(
        "a question behind a name",
        "import math\nmath.floor?",
        output="math.floor(x, /)\nReturn the floor of x as an Integral.\n…",
    ),
    _habit(
        "an unknown magic",
        "%sql select 1",
        exit_code=1,
        output="UsageError: %sql is not available here: write it in Python, or as a shell command with !.\n",
    ),
    _habit(
        "an unknown cell magic",
        "%%javascript\nalert(1)",
        exit_code=1,
        output="UsageError: %%javascript is not available here, and nothing was run: write the block in Python or bash.\n",
    ),
    _habit(
        "no magic inside of a string",
        "%matplotlib inline\ns = '''\n!echo no\n%time\n'''\nprint(len(s))",
        output="16\n",
    ),
    _habit("no magic inside of brackets", "%matplotlib inline\nx = (17\n  % 5)\nprint(x)", output="2\n"),
    _habit("no magic behind a backslash", "%matplotlib inline\nx = 17 \\\n  % 5\nprint(x)", output="2\n"),
    _habit("get_ipython", "get_ipython().run_line_magic('matplotlib', 'inline')\nprint(1)", output="1\n"),
    _habit(
        "a wrong line stays Python's error",
        "%matplotlib inline\nx = = 2\n",
        exit_code=1,
        output='  File "<block 1>", line 2\n    x = = 2\n        ^\nSyntaxError: invalid syntax\n',
    ),
)
_ASYNC = (
    _habit(
        "await",
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 7\nawait f()",
        output="7\n",
    ),
    _habit(
        "async for and with",
        """
        import contextlib
        async def numbers():
            yield 1
            yield 2
        @contextlib.asynccontextmanager
        async def opened():
            yield 3
        async for n in numbers():
            print(n)
        async with opened() as n:
            print(n)
        """,
        output="1\n2\n3\n",
    ),
    _habit(
        "gather",
        "import asyncio\nprint(await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2)))",
        output="[1, 2]\n",
    ),
    _habit(
        "asyncio.run in each block",
        "import asyncio\nasync def f(): return 1\nasyncio.run(f())",
        "asyncio.run(f())",
        "asyncio.get_event_loop().run_until_complete(f())",
        output="1\n1\n1\n",
    ),
    _habit(
        "an error behind await",
        "async def f():\n    return 1 / 0\nawait f()",
        exit_code=1,
        output="""\
           Traceback (most recent call last):
             File "<block 1>", line 3, in <module>
               await f()
             File "<block 1>", line 2, in f
               return 1 / 0
                      ~~^~~
           ZeroDivisionError: division by zero
           """,
    ),
)
_BETWEEN_BLOCKS = (
    _habit(
        "an earlier block in a traceback",
        "def half(n):\n    return n / 0\n",
        "# other\n# lines\nhalf(1)\n",
        exit_code=1,
        output="""\
           Traceback (most recent call last):
             File "<block 2>", line 3, in <module>
               half(1)
             File "<block 1>", line 2, in half
               return n / 0
                      ~~^~~
           ZeroDivisionError: division by zero
           """,
    ),
    _habit(
        "the source of an earlier block",
        "def f():\n    return 1\n",
        "import inspect\nprint(inspect.getsource(f))",
        output="def f():\n    return 1\n\n",
    ),
    _habit(
        "a warning quotes its block",
        "import warnings\nwarnings.warn('careful')\n",
        output="<block 1>:2: UserWarning: careful\n  warnings.warn('careful')\n",
    ),
    _habit(
        "a file left open",
        "f = open('open.txt', 'w')\nf.write('whole')",
        "print(open('open.txt').read())",
        output="whole\n",
        files=("open.txt",),
    ),
    _habit(
        "threads end with their block",
        "import threading, time\ndef late():\n    time.sleep(0.1)\n    print('late')\nthreading.Thread(target=late).start()",
        "print('next')",
        output="late\nnext\n",
    ),
    _habit(
        "executors end with their block",
        """
           from concurrent.futures import ThreadPoolExecutor
           import time
           pool = ThreadPoolExecutor(2)
           done = [pool.submit(lambda: (time.sleep(0.05), print('done'))) for _ in range(2)]
           """,
        "import threading\nprint(threading.active_count(), all(each.done() for each in done))",
        "with ThreadPoolExecutor(1) as pool:\n    print(pool.submit(abs, -1).result())",
        output="done\ndone\n1 True\n1\n",
    ),
    _habit(
        "processes end with their block",
        """
           import multiprocessing
           from concurrent.futures import ProcessPoolExecutor
           pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('fork'))
           print(pool.submit(abs, -2).result())
           """,
        "import threading\nprint(threading.active_count())",
        output="2\n1\n",
    ),
)
_ENDS = (
    _habit("an error that cannot be told", "import sys\nsys.stderr.close()\n1 / 0", exit_code=1),
    _habit(
        "a block that is indented as a whole",
        "    x = 1\n    for n in range(2):\n        print(x + n)\n",
        output="1\n2\n",
    ),
    _habit(
        "input",
        "name = input('Your name? ')",
        exit_code=1,
        output="""\
           Your name?
           Traceback (most recent call last):
             File "<block 1>", line 1, in <module>
               name = input('Your name? ')
                       ^^^^^^^^^^^^^^^^^^^^
           EOFError: nobody can type here: write the values into the code, or end a message with a line ASK: QUESTION
           """,
    ),
    _habit("sys.exit in a block", "import sys\nsys.exit(0)", "print('on')", output="on\n"),
    _habit("sys.exit with words", "import sys\nsys.exit('no data')", output="no data\n", exit_code=1),
    _habit(
        "an interrupt",
        "raise KeyboardInterrupt",
        exit_code=130,
        output='Traceback (most recent call last):\n  File "<block 1>", line 1, in <module>\n    raise KeyboardInterrupt\nKeyboardInterrupt\n',
    ),
    _habit(
        "a hook for errors",
        "import sys\nsys.excepthook = lambda kind, error, trace: print('hook', error)\n1 / 0",
        exit_code=1,
        output="hook division by zero\n",
    ),
    _habit(
        "an error in an error",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    int('x')\n",
        exit_code=1,
        output="""\
           Traceback (most recent call last):
             File "<block 1>", line 2, in <module>
               1 / 0
               ~~^~~
           ZeroDivisionError: division by zero

           During handling of the above exception, another exception occurred:

           Traceback (most recent call last):
             File "<block 1>", line 4, in <module>
               int('x')
           ValueError: invalid literal for int() with base 10: 'x'
           """,
    ),
    _habit(
        "no name but those of the program",
        "print(sorted(name for name in globals() if not name.startswith('__')))",
        output="[]\n",
    ),
    _habit(
        "annotations of the future",
        "from __future__ import annotations\ndef f(x: Unknown): ...\nf.__annotations__",
        output="{'x': 'Unknown'}\n",
    ),
)

_DRAW = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\n"
_FIGURES = (
    _habit(
        "a figure that cannot be drawn, and one that can",
        "import matplotlib.pyplot as plt\nplt.title(r'$\\frac{1}$')\nplt.figure()\nplt.plot([1, 2])\nplt.title('Good')\n",
        "print(1)",
        output="ValueError:\n…",
        exit_code=1,
        files=("good.png",),
    ),
    _habit(
        "a figure of an earlier block, changed", _DRAW, "ax.set_title('More')", files=("figure-1.png", "more.png")
    ),
    _habit("a figure of an earlier block, shown again", _DRAW, "fig", files=("figure-1.png",)),
    _habit(
        "a figure of an earlier block, saved", _DRAW, "plt.savefig('mine.png')", files=("figure-1.png", "mine.png")
    ),
    _habit("figures of two blocks", _DRAW, _DRAW, files=("figure-1.png", "figure-2.png")),
    _habit(
        "drawing goes on after a block that failed",
        _DRAW + "1 / 0\n",
        "plt.plot([3])\nplt.title('Next')\nplt.show()",
        output='Traceback (most recent call last):\n  File "…',
        exit_code=1,
        files=("figure-1.png", "next.png"),
    ),
)
_BARS = (
    _habit(
        "a bar is left in its last state",
        "from tqdm import tqdm\nfor n in tqdm(range(30)):\n    pass\n",
        output="100%|██████████| 30/30 [00:00<00:00, …",
        needs="tqdm",
    ),
    _habit(
        "no thread watches bars",
        "from tqdm.auto import tqdm\nwith tqdm(total=2, file=open('/dev/null', 'w')) as bar:\n    bar.update()\n",
        "import threading\nprint(threading.active_count())",
        output="1\n",
        needs="tqdm",
    ),
    _habit(
        "bars of notebooks are bars",
        "from tqdm.notebook import tqdm, trange\nprint(list(tqdm([1], file=open('/dev/null', 'w'))))\n",
        output="[1]\n",
        needs="tqdm",
    ),
)

HABITS = (*_VALUES, *_DISPLAY, *_MAGICS, *_ASYNC, *_BETWEEN_BLOCKS, *_ENDS, *_FIGURES, *_BARS)
