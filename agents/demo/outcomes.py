"""What the executor's report says about a program, in plain words."""

from __future__ import annotations

import re

from agents.demo.repairs import Failure
from agents.demo.texts import listed, plural, verbatim
from agents.demo.transcript import Reported

_HEAD = re.compile(r"^(?:killed: (\w+)|exit code: (-?\d+)) \(([\d.]+) s\)$", re.MULTILINE)
_KILLED = {
    "time": "it took longer than the sandbox allows",
    "memory": "it needed more memory than the sandbox has",
    "output": "it printed more than the sandbox lets through",
    "disk": "it wrote more than the workspace holds",
    "stopped": "somebody stopped it",
    "interrupted": "it was interrupted; the workspace is as it was before",
    "lost": "its sandbox was lost; the workspace is as it was before",
    "language": "the sandbox does not run that language",
}


def ran(report: Reported) -> int:
    """How many blocks were run."""
    return len(_HEAD.findall(report.text))


def killed(report: Reported) -> str:
    """What ended the last block from outside, or ""."""
    found = _HEAD.findall(report.text)
    return str(found[-1][0]) if found else ""


def output(report: Reported) -> str:
    """What the last block printed."""
    return report.text.rpartition("output:\n")[2] if "output:\n" in report.text else ""


def succeeded(report: Reported, code: str) -> str:
    """How a person's own program went well."""
    seconds = sum(float(second) for *_, second in _HEAD.findall(report.text))
    sentences = [f"It ran through without an error in {seconds:.1f} s."]
    lines = [line for line in output(report).splitlines() if line.strip()]
    if len(lines) == 1:
        sentences.append(f"It printed: {verbatim(lines[0], 160)}.")
    elif lines:
        sentences.append(f"It printed {plural(len(lines), 'line')}, the last: {verbatim(lines[-1], 160)}.")
    elif not report.files:
        sentences.append("It printed nothing and made no file.")
    if report.files:
        sentences.append(files(report))
    elif "plt.show(" in code:
        sentences.append(
            'A sandbox has no screen: save the figure with `plt.savefig("chart.png")` to see it here.'
        )
    return " ".join(sentences)


def failed(report: Reported) -> str:
    """Why a program failed, with the sandbox's own note when there is one."""
    kind, message = Failure("", output(report)).error
    note = re.search(r"^note: (.+)$", report.text, re.MULTILINE)
    if (why := killed(report)) == "rejected" and note:
        return f"{note[1][0].upper()}{note[1][1:]} Tell me what to do instead, and I go on from here."
    if why:
        sentence = f"The program was ended because {_KILLED.get(why, why)}."
    elif kind:
        words = f": {verbatim(message.split('. You might want')[0], 160)}" if message else ""
        sentence = f"The program stopped with {kind}{words}."
    elif code := re.search(r"^exit code: (-?\d+)", report.text, re.MULTILINE):
        lines = [line for line in output(report).splitlines() if line.strip()]
        last = f", its last line: {verbatim(lines[-1], 160)}" if lines else ""
        sentence = f"The program ended with exit code {code[1]}{last}."
    else:
        sentence = f"The program was not run: {verbatim(report.text, 160)}."
    return f"{sentence} {note[1]}" if note else sentence


def files(report: Reported, code: str = "") -> str:
    """The files a report names, and the pictures that `code` drew just as they were before; "" without any."""
    shown = [verbatim(name, 90) for name in report.files[:6]]
    more = [plural(len(report.files) - 6, "other")] if len(report.files) > 6 else []
    same = [verbatim(name, 90) for name in re.findall(r'savefig\("([^"]+)"', code) if name not in report.files]
    made = f"It made {listed(shown + more)}." if shown else ""
    return " ".join(filter(None, [made, f"It drew {listed(same)} just as before." if same else ""]))
