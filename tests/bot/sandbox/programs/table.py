"""Small programs of the kinds that agents write, with what plain Python or a shell prints for them."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Program:
    """`files` are those it leaves behind, by name."""

    name: str
    code: str
    output: str = ""
    exit_code: int = 0
    files: tuple[str, ...] = ()
    language: str = "python"


def _python(name: str, code: str, output: str = "", exit_code: int = 0, files: tuple[str, ...] = ()) -> Program:
    return Program(name, dedent(code), output, exit_code, files)


def _bash(name: str, code: str, output: str = "", exit_code: int = 0, files: tuple[str, ...] = ()) -> Program:
    return Program(name, dedent(code), output, exit_code, files, "bash")


_STDIN = (
    _python("stdin read", "import sys; print(repr(sys.stdin.read()))", "''\n"),
    _python("stdin lines", "import sys; print(list(sys.stdin))", "[]\n"),
    _python("stdin is no terminal", "import sys; print(sys.stdin.isatty(), sys.stdout.isatty())", "False False\n"),
    _python("stdin of a child", "import subprocess; print(subprocess.run(['cat']).returncode)", "0\n"),
    _python("input that is not there", "try:\n    input()\nexcept EOFError:\n    print('no input')", "no input\n"),
    _bash("stdin in bash", "if read -r line; then echo some; else echo none; fi", "none\n"),
)

_FILES = (
    _python("a text file", "open('a.txt', 'w').write('one\\ntwo\\n')", files=("a.txt",)),
    _python("bytes", "open('a.bin', 'wb').write(bytes(range(256)))", files=("a.bin",)),
    _python("folders", "import os; os.makedirs('a/b'); open('a/b/c.txt', 'w').write('x')", files=("a/b/c.txt",)),
    _python(
        "append",
        "for n in range(3):\n    with open('log.txt', 'a') as log: print(n, file=log)",
        files=("log.txt",),
    ),
    _python("left open", "f = open('open.txt', 'w')\nf.write('flushed at the end')", files=("open.txt",)),
    _python("rename", "import os; open('a', 'w').write('x'); os.replace('a', 'b')", files=("b",)),
    _python(
        "glob",
        "import pathlib; [pathlib.Path(n).touch() for n in 'cab']; print(sorted(p.name for p in pathlib.Path().glob('[abc]')))",
        "['a', 'b', 'c']\n",
        files=("a", "b", "c"),
    ),
    _python(
        "a temporary file",
        "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(b'x'); f.seek(0); print(f.read())",
        "b'x'\n",
    ),
    _python(
        "csv",
        "import csv\nwith open('t.csv', 'w', newline='') as f: csv.writer(f).writerows([['a', 'b,c'], [1, 2]])\nprint(open('t.csv', newline='').read())",
        'a,"b,c"\r\n1,2\r\n\n'.replace("\r\n\n", "\r\n\n"),
        files=("t.csv",),
    ),
    _python(
        "json",
        "import json; json.dump({'ä': [1, None]}, open('t.json', 'w')); print(open('t.json').read())",
        '{"\\u00e4": [1, null]}\n',
        files=("t.json",),
    ),
    _python(
        "sqlite",
        "import sqlite3\nwith sqlite3.connect('t.db') as db:\n    db.execute('create table t (n)'); db.executemany('insert into t values (?)', [(n,) for n in range(4)])\nprint(db.execute('select sum(n) from t').fetchone())",
        "(6,)\n",
        files=("t.db",),
    ),
    _python(
        "zip",
        "import zipfile\nwith zipfile.ZipFile('t.zip', 'w') as z: z.writestr(zipfile.ZipInfo('a.txt'), 'x' * 50)\nprint(zipfile.ZipFile('t.zip').read('a.txt')[:3])",
        "b'xxx'\n",
        files=("t.zip",),
    ),
    _python(
        "a file that is not there",
        "open('nothing.txt')",
        "FileNotFoundError: [Errno 2] No such file or directory: 'nothing.txt'\n",
        1,
    ),
    _python(
        "pickle of one's own class",
        "import pickle\nclass P:\n    def __init__(self, x): self.x = x\nprint(pickle.loads(pickle.dumps(P(7))).x)",
        "7\n",
    ),
    _bash(
        "pipes and redirection",
        "printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{print $2, $1}' > t.txt; cat t.txt",
        "a 1\nb 2\n",
        files=("t.txt",),
    ),
)

_PROCESSES = (
    _python(
        "a child's output",
        "import subprocess; print(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)",
        "hi\n\n",
    ),
    _python(
        "a child that speaks for itself",
        "import subprocess, sys; print('before', flush=True); subprocess.run([sys.executable, '-c', 'print(1)']); print('after')",
        "before\n1\nafter\n",
    ),
    _python(
        "a child that fails",
        "import subprocess\ntry:\n    subprocess.run(['false'], check=True)\nexcept subprocess.CalledProcessError as e:\n    print(e.returncode)",
        "1\n",
    ),
    _python(
        "a child with input",
        "import subprocess; print(subprocess.run(['tr', 'a-z', 'A-Z'], input='shout', text=True, capture_output=True).stdout)",
        "SHOUT\n",
    ),
    _python(
        "a child that takes too long",
        "import subprocess\ntry:\n    subprocess.run(['sleep', '9'], timeout=0.2)\nexcept subprocess.TimeoutExpired:\n    print('late')",
        "late\n",
    ),
    _python(
        "fork and wait",
        "import os\npid = os.fork()\nif not pid: os._exit(5)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
        "5\n",
    ),
    _python(
        "a pipe between processes",
        "import os\nr, w = os.pipe()\nif not os.fork():\n    os.write(w, b'from the child'); os._exit(0)\nos.wait(); print(os.read(r, 100).decode())",
        "from the child\n",
    ),
    _python(
        "shell", "import os; print(os.system('exit 3') >> 8, os.popen('echo popen').read().strip())", "3 popen\n"
    ),
    _python(
        "this Python again",
        "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'import numpy; print(numpy.arange(3).sum())'], capture_output=True, text=True).stdout.strip())",
        "3\n",
    ),
    _bash("jobs in bash", "for n in 3 1 2; do (sleep 0.$n; echo $n) & done; wait; echo end", "1\n2\n3\nend\n"),
    _bash("set -e", "set -e\necho one\nfalse\necho two", "one\n", 1),
    _bash("a trap on exit", "trap 'echo bye' EXIT; echo hi", "hi\nbye\n"),
)

_THREADS = (
    _python(
        "threads",
        "import threading\ntotal = []\nthreads = [threading.Thread(target=total.append, args=(n,)) for n in range(20)]\n[t.start() for t in threads]; [t.join() for t in threads]\nprint(sum(total))",
        "190\n",
    ),
    _python(
        "a thread that outlives main",
        "import threading, time\ndef late():\n    time.sleep(0.2); print('late')\nthreading.Thread(target=late).start(); print('main')",
        "main\nlate\n",
    ),
    _python(
        "a daemon thread does not",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(9), print('no')), daemon=True).start(); print('main')",
        "main\n",
    ),
    _python(
        "a pool of threads",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as p: print(list(p.map(lambda n: n * n, range(5))))",
        "[0, 1, 4, 9, 16]\n",
    ),
    _python(
        "a queue",
        "import queue, threading\nq = queue.Queue()\nthreading.Thread(target=lambda: [q.put(n) for n in range(3)]).start()\nprint([q.get() for _ in range(3)])",
        "[0, 1, 2]\n",
    ),
    _python(
        "asyncio",
        "import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01 * n); return n\nasync def main(): print(await asyncio.gather(*(f(n) for n in (3, 1, 2))))\nasyncio.run(main())",
        "[3, 1, 2]\n",
    ),
    _python(
        "asyncio subprocess",
        "import asyncio\nasync def main():\n    p = await asyncio.create_subprocess_exec('echo', 'hi', stdout=asyncio.subprocess.PIPE)\n    print((await p.communicate())[0])\nasyncio.run(main())",
        "b'hi\\n'\n",
    ),
)

_MULTIPROCESSING = (
    _python(
        "a pool of processes",
        "import multiprocessing\ndef f(n): return n * n\nif __name__ == '__main__':\n    with multiprocessing.Pool(3) as p: print(p.map(f, range(6)))",
        "[0, 1, 4, 9, 16, 25]\n",
    ),
    _python(
        "processes that are spawned",
        "import multiprocessing\ndef f(q): q.put('spawned')\nif __name__ == '__main__':\n    c = multiprocessing.get_context('spawn'); q = c.Queue(); p = c.Process(target=f, args=(q,)); p.start(); print(q.get()); p.join(); print(p.exitcode)",
        "spawned\n0\n",
    ),
    _python(
        "an executor of processes",
        "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\nif __name__ == '__main__':\n    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('fork')) as p: print(sum(p.map(abs, range(-5, 5))))",
        "25\n",
    ),
    _python(
        "shared memory",
        "from multiprocessing import shared_memory\nm = shared_memory.SharedMemory(create=True, size=10); m.buf[0] = 7; n = shared_memory.SharedMemory(m.name); print(n.buf[0]); n.close(); m.close(); m.unlink()",
        "7\n",
    ),
    _python(
        "a lock and a value",
        "import multiprocessing\ndef add(v):\n    for _ in range(100):\n        with v.get_lock(): v.value += 1\nif __name__ == '__main__':\n    c = multiprocessing.get_context('fork'); v = c.Value('i', 0); ps = [c.Process(target=add, args=(v,)) for _ in range(4)]\n    [p.start() for p in ps]; [p.join() for p in ps]; print(v.value)",
        "400\n",
    ),
    _python(
        "an error in a pool",
        "import multiprocessing\ndef f(n): return 1 // n\nif __name__ == '__main__':\n    with multiprocessing.get_context('fork').Pool(2) as p:\n        try: p.map(f, [1, 0])\n        except ZeroDivisionError as e: print('caught', e)",
        "caught integer division or modulo by zero\n",
    ),
)

_OUTPUT = (
    _python(
        "a hundred thousand lines",
        "for n in range(100_000): print(n % 10)",
        "".join(f"{n % 10}\n" for n in range(100_000)),
    ),
    _python("one long line", "print('x' * 500_000)", "x" * 500_000 + "\n"),
    _python("no line end", "print('end', end='')", "end"),
    _python(
        "print to both",
        "import sys\nfor n in range(3):\n    print('out', n); print('err', n, file=sys.stderr)",
        "out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n",
    ),
    _python(
        "write without print",
        "import os, sys\nsys.stdout.write('a'); sys.stdout.flush(); os.write(1, b'b'); sys.stdout.buffer.write(b'c')",
        "abc",
    ),
    _python("warnings", "import warnings; warnings.warn('careful'); print('on')", "careful"),
    _python(
        "logging",
        "import logging; logging.basicConfig(level='INFO', format='%(levelname)s %(message)s'); logging.info('hello')",
        "INFO hello\n",
    ),
    _python("at exit", "import atexit; atexit.register(print, 'bye'); print('hi')", "hi\nbye\n"),
)

_UNICODE = (
    _python("many scripts", "print('日本語 Привет العربية हिन्दी 🎉 é')", "日本語 Привет العربية हिन्दी 🎉 é\n"),
    _python("names of variables", "größe = 3; π = 3.14; print(größe * π)", "9.42\n"),
    _python(
        "a file with a name",
        "open('Umsätze 2024 – März.csv', 'w').write('ü'); import glob; print(glob.glob('*'))",
        "['Umsätze 2024 – März.csv']\n",
        files=("Umsätze 2024 – März.csv",),
    ),
    _python(
        "encodings",
        "print('ü'.encode('latin-1'), 'ü'.encode(), '\\u20ac'.encode('cp1252'))",
        "b'\\xfc' b'\\xc3\\xbc' b'\\x80'\n",
    ),
    _python(
        "the default encoding",
        "import sys, locale; print(sys.getdefaultencoding(), sys.stdout.encoding, sys.getfilesystemencoding())",
        "utf-8 utf-8 utf-8\n",
    ),
    _python(
        "sorting and case",
        "print(sorted(['ß', 'z', 'a']), 'ß'.upper(), 'İ'.lower() == 'i̇')",
        "['a', 'z', 'ß'] SS True\n",
    ),
    _bash("a shell that speaks", "echo 'Grüße, 世界' | wc -m", "10\n"),
)

_SIGNALS = (
    _python(
        "a handler",
        "import os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('caught'))\nos.kill(os.getpid(), signal.SIGUSR1); print('on')",
        "caught\non\n",
    ),
    _python(
        "an alarm",
        "import signal, time\ndef ring(*_): raise TimeoutError('ring')\nsignal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.1)\ntry: time.sleep(9)\nexcept TimeoutError as e: print(e)",
        "ring\n",
    ),
    _python(
        "a broken pipe",
        "import subprocess; print(subprocess.run('yes | head -n 1', shell=True, capture_output=True, text=True).stdout)",
        "y\n\n",
    ),
    _python(
        "terminated by itself",
        "import os, signal; print('bye', flush=True); os.kill(os.getpid(), signal.SIGTERM)",
        "bye\n",
        143,
    ),
    _python(
        "an interrupt",
        "import os, signal\ntry: os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(1)\nexcept KeyboardInterrupt: print('interrupted')",
        "interrupted\n",
    ),
    _python(
        "a child that is killed",
        "import subprocess; p = subprocess.Popen(['sleep', '9']); p.kill(); print(p.wait())",
        "-9\n",
    ),
    _bash("a signal in bash", "trap 'echo got it' USR1; kill -USR1 $$; echo end", "got it\nend\n"),
)

_EXITS = (
    _python("exit with a number", "import sys; sys.exit(3)", exit_code=3),
    _python("exit with a text", "import sys; sys.exit('no data')", "no data\n", 1),
    _python("exit at once", "import os; print('x', flush=True); os._exit(9)", "x\n", 9),
    _python(
        "an error in an error",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('second') from None",
        "ValueError: second\n",
        1,
    ),
    _python(
        "a group of errors",
        "raise ExceptionGroup('both', [ValueError(1), KeyError(2)])",
        "ExceptionGroup: both (2 sub-exceptions)",
        1,
    ),
    _python("an error of syntax", "def f(:\n    pass", "SyntaxError", 1),
    _python("too deep", "def f(): return f()\ntry: f()\nexcept RecursionError: print('too deep')", "too deep\n"),
    _python("an assertion", "assert 1 == 2, 'not equal'", "AssertionError: not equal\n", 1),
    _python(
        "exit in a function of exit",
        "import atexit, sys; atexit.register(lambda: print('still')); sys.exit(4)",
        "still\n",
        4,
    ),
    _bash("exit in bash", "exit 42", exit_code=42),
    _bash("a command that is not there", "no-such-command 2>/dev/null; echo $?", "127\n"),
)

_DATA = (
    _python(
        "numpy",
        "import numpy as np; print(np.linalg.det(np.eye(3) * 2).round(6), np.array([3, 1, 2]).argsort())",
        "8.0 [1 2 0]\n",
    ),
    _python(
        "random numbers with a seed",
        "import random; random.seed(7); print([random.randint(0, 9) for _ in range(5)])",
        "[5, 2, 6, 0, 1]\n",
    ),
    _python(
        "numpy with a seed",
        "import numpy as np; print(np.random.default_rng(7).integers(0, 100, 3))",
        "[94 62 68]\n",
    ),
    _python(
        "pandas",
        "import pandas as pd\nd = pd.DataFrame({'k': list('aba'), 'v': [1, 2, 3]}); print(d.groupby('k').v.sum().to_dict())",
        "{'a': 4, 'b': 2}\n",
    ),
    _python(
        "pandas to a file and back",
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).to_csv('t.csv', index=False); print(pd.read_csv('t.csv').a.tolist())",
        "[1, 2]\n",
        files=("t.csv",),
    ),
    _python(
        "dates",
        "import datetime as d; print(d.date(2024, 2, 28) + d.timedelta(2), d.datetime(2024, 1, 1).isoformat())",
        "2024-03-01 2024-01-01T00:00:00\n",
    ),
    _python(
        "time zones",
        "import datetime, zoneinfo; print(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset())",
        "2:00:00\n",
    ),
    _python(
        "decimals",
        "from decimal import Decimal; from fractions import Fraction; print(Decimal('0.1') + Decimal('0.2'), Fraction(1, 3) * 3)",
        "0.3 1\n",
    ),
    _python(
        "regular expressions",
        "import re; print(re.findall(r'(?P<y>\\d{4})-(\\d\\d)', '2024-01 and 2025-12'))",
        "[('2024', '01'), ('2025', '12')]\n",
    ),
    _python(
        "dataclasses",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\nprint(P(), P(2) == P(2), P.__module__)",
        "P(x=1) True __main__\n",
    ),
    _python(
        "typing at run time",
        "from typing import get_type_hints\ndef f(x: int) -> str: ...\nprint(get_type_hints(f))",
        "{'x': <class 'int'>, 'return': <class 'str'>}\n",
    ),
    _python("an annotation stays a type", "x: int = 1\nprint(__annotations__)", "{'x': <class 'int'>}\n"),
    _python(
        "inspect",
        "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
        "def f():\n    return 1\n\n",
    ),
    _python("no arguments", "import sys; print(len(sys.argv), __name__)", "1 __main__\n"),
    _python(
        "a module beside it",
        "open('mine.py', 'w').write('x = 5')\nimport mine\nprint(mine.x)",
        "5\n",
        files=("mine.py",),
    ),
    _python("globals are clean", "print(sorted(n for n in globals() if not n.startswith('__')))", "[]\n"),
    _python(
        "garbage",
        "import gc, weakref\nclass C: pass\nc = C(); w = weakref.ref(c); c.me = c; del c; gc.collect(); print(w())",
        "None\n",
    ),
)

PROGRAMS: tuple[Program, ...] = (
    *(*_STDIN, *_FILES, *_PROCESSES, *_THREADS, *_MULTIPROCESSING),
    *(*_OUTPUT, *_UNICODE, *_SIGNALS, *_EXITS, *_DATA),
)
