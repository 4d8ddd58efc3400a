"""The command line."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.logging import RichHandler

from bot import settings
from bot.aio import shutdown
from bot.domain.errors import RoundtableError

# ruff: noqa: PLC0415  (each command imports what it needs: `--help` and `doctor` stay quick)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A team of agents at work.",
)
sessions = typer.Typer(no_args_is_help=True, help="Look at sessions, fetch their files, delete them.")
sandbox = typer.Typer(no_args_is_help=True, help="The image that code runs in.")
app.add_typer(sessions, name="sessions")
app.add_typer(sandbox, name="sandbox")

_out = Console(highlight=False)


@app.command()
def up() -> None:
    """Serve the web page and every session until Ctrl-C."""
    # Until it can be heard, which takes a second of imports: there are no rules yet that could be read again.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from bot.commands.up import up

    _logging()
    _run(lambda chosen: up(chosen, lambda line: print(line, flush=True)))  # noqa: T201


@app.command()
def run(  # noqa: PLR0917  (Typer reads the parameters by position)
    task: Annotated[str, typer.Argument(help="What the team should do; may be left out with --session.")] = "",
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A file to attach; may be repeated.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Which team; ROUNDTABLE_TEAM unless given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Copy the files that the team made into this folder.")] = None,
    session: Annotated[
        str | None, typer.Option(help="Reply in this session, or decide what it waits for.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one event a line, as JSON.")] = False,
) -> None:
    """Run one session in the terminal. Ctrl-C stops it; the exit code is 0 only when the team finished."""
    from bot.commands.run import RunOptions, run

    _logging(logging.ERROR)
    # Absolute, so that an error shows in which folder a file was looked for: start.sh goes to its own.
    order = RunOptions(task, tuple(path.absolute() for path in file or ()), team, session)
    console = Console(stderr=True) if as_json else _out
    raise typer.Exit(_run(lambda chosen: run(chosen, order, console, as_json=as_json, out=out)))


@app.command()
def evaluate(  # noqa: PLR0917  (Typer reads the parameters by position)
    tasks: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files or folders with tasks, or patterns of names, kinds, languages; evals/ unless given."
        ),
    ] = None,
    team: Annotated[
        list[str] | None, typer.Option(help="A team's name, or the path of its file; may be repeated.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model, named as in ROUNDTABLE_MODEL; may be repeated.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="How often each task is run.")] = 1,
    parallel: Annotated[
        int | None,
        typer.Option(min=1, max=50, help="How many runs at a time; ROUNDTABLE_SANDBOX_POOL unless given."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder of the records and the report; what is recorded is not run again."),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Compare two of the teams, or two of the models.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(help="A least share, right=0.8 or finished=0.95; exit code 1 when it is not met."),
    ] = None,
    hold_out: Annotated[bool, typer.Option("--hold-out", help="Only the tasks that are held out.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="The tasks that are held out as well.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one run a line, as JSON, and then the report.")
    ] = False,
) -> None:
    """Run tasks with checks for teams and models, and report how many are right. See docs/evaluate.md."""
    from bot.commands.evaluate import EvaluateOptions, evaluate

    _logging(logging.ERROR)
    part: Literal["shown", "held out", "all"] = "all" if everything else "held out" if hold_out else "shown"
    order = EvaluateOptions(
        tasks or (), team or (), model or (), repeat, parallel, out, compare, require or (), part
    )
    console = Console(stderr=True, highlight=False) if as_json else _out
    raise typer.Exit(_run(lambda chosen: evaluate(chosen, order, console, as_json=as_json)))


@sessions.command("list")
def list_sessions() -> None:
    """List the newest sessions."""
    from bot.commands.sessions import listed

    _run(lambda chosen: listed(chosen, _out))


@sessions.command("files")
def session_files(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    out: Annotated[Path, typer.Option(help="Where to copy the files.")] = Path(),
) -> None:
    """Copy the files that a session's code made into a folder."""
    from bot.commands.sessions import save

    _run(lambda chosen: save(chosen, session, out, _out))


@sessions.command("delete")
def delete_session(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a session: what was said, the team's memory and every file."""
    from bot.commands.sessions import delete

    if not yes:
        typer.confirm(f"Delete session {session} with everything said and made in it, for good?", abort=True)
    _logging(logging.ERROR)
    _run(lambda chosen: delete(chosen, session, _out))


@app.command()
def audit(  # noqa: PLR0917  (Typer reads the parameters by position)
    session: Annotated[str, typer.Option(help="Only this session.")] = "",
    who: Annotated[str, typer.Option(help="Only what the person of this id did.")] = "",
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only this kind, such as start, stop, run or refusal; may be repeated."),
    ] = None,
    since: Annotated[str, typer.Option(help="From then on: 2026-01-31, or how long ago as 7d.")] = "",
    until: Annotated[str, typer.Option(help="Up to then; a date counts to its end.")] = "",
    jsonl: Annotated[str, typer.Option(help="Write one row a line into this file; - is standard output.")] = "",
) -> None:
    """Show who did what, where and when."""
    from bot.commands.audit import AuditQuery, audit

    asked = AuditQuery(session, who, kind or (), since, until)
    _run(lambda chosen: audit(chosen, asked, jsonl, _out))


@sessions.command("notebook")
def session_notebook(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a session's tasks, code, outputs and pictures as a Jupyter notebook."""
    from bot.commands.sessions import notebook

    _run(lambda chosen: notebook(chosen, session, out, _out))


@sessions.command("provenance")
def session_provenance(session: Annotated[str, typer.Argument(help="The session's id.")]) -> None:
    """Show which turn, code, inputs and image every version of every file came from."""
    from bot.commands.sessions import provenance

    _run(lambda chosen: provenance(chosen, session, _out))


@sessions.command("rerun")
def session_rerun(session: Annotated[str, typer.Argument(help="The session's id.")]) -> None:
    """Run a session's code again in a clean sandbox and say which files come out identical."""
    from bot.commands.rerun import rerun

    raise typer.Exit(_run(lambda chosen: rerun(chosen, session, _out)))


@sandbox.command("build")
def build_sandbox(
    missing: Annotated[
        bool, typer.Option("--if-outdated", help="Do nothing when the image is up to date.")
    ] = False,
) -> None:
    """Build the image that code runs in."""
    from bot.sandbox import image

    _guard(lambda: image.build(settings.load(), _out.print, only_if_outdated=missing))


@app.command("slack-manifest")
def slack_manifest(
    http: Annotated[
        str | None, typer.Option(help="The public https:// address of this Roundtable; without it, Socket Mode.")
    ] = None,
) -> None:
    """Print the manifest from which Slack makes the app."""
    from bot.adapters.slack.manifest import manifest, public

    _guard(lambda: print(json.dumps(manifest(public(http)), indent=2)))  # noqa: T201


@app.command()
def doctor(
    attack: Annotated[
        bool, typer.Option("--attack", help="Attack sandboxes of this engine in about a hundred ways instead.")
    ] = False,
) -> None:
    """Check teams, rules, database, model, Discord, Slack and sandbox, and name the fix for what is wrong."""
    from bot.commands.attack_sandbox import attack as attack_it
    from bot.commands.doctor import doctor

    raise typer.Exit(_run(lambda chosen: (attack_it if attack else doctor)(chosen, _out)))


def main() -> None:
    """The entry point of the `roundtable` command."""
    app()


def _run(work: Callable[[settings.Settings], Coroutine[Any, Any, Any]]) -> Any:
    return _guard(lambda: shutdown.run(work(settings.load())))


def _guard(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except RoundtableError as error:
        Console(stderr=True, highlight=False).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _logging(level: int = logging.INFO) -> None:
    handler = RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False)
    logging.basicConfig(level=level, format="%(message)s", handlers=[handler])
    for noisy in ("httpx", "alembic", "sse_starlette", "discord", "slack_bolt", "slack_sdk"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    # It tells of every reconnect with a traceback; the adapter says in a line how it stands.
    logging.getLogger("discord.client").setLevel(logging.CRITICAL)
    # What fails inside AutoGen comes out of the turn as an error of ours, which is said and logged once.
    for inner in ("autogen_core", "autogen_agentchat"):
        logging.getLogger(inner).setLevel(logging.CRITICAL)


if __name__ == "__main__":
    main()
