"""An engine behind SSH, forwarded to a local socket by OpenSSH."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.errors import SandboxUnavailable

_USUAL = "/var/run/docker.sock"
_ECHO = b"roundtable is here\n"
_OPTIONS = (
    "BatchMode=yes",  # a question for a password would never be answered
    "ConnectTimeout=20",
    "ControlMaster=no",
    "ControlPath=none",
    "ExitOnForwardFailure=yes",
    "ServerAliveCountMax=3",
    "ServerAliveInterval=10",
    "StreamLocalBindMask=0177",
)


def listens(path: str | Path) -> bool:
    """Whether a process listens on a local socket."""
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(str(path))
        except OSError:
            return False
    return True


class Tunnel:
    """All streams to one engine in one SSH connection, with the keys, known hosts and settings of the user.

    docker-py's own SSH needs a session a stream, of which servers allow ten. The program at the far end ends with
    our end of its pipe, so a killed process leaves no tunnel behind.
    """

    def __init__(self, url: str) -> None:
        """`url`: ssh://[USER@]HOST[:PORT][/PATH/TO/THE/SOCKET]."""
        self.url = url
        self._folder = tempfile.TemporaryDirectory(prefix="roundtable-engine-")
        self._errors = Path(self._folder.name, "errors")
        self._socket = Path(self._folder.name, "docker.sock")
        self._ssh: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where the engine is while the tunnel is up."""
        return f"unix://{self._socket}"

    def hold(self) -> None:
        """Returns when the tunnel is up; raises SandboxUnavailable."""
        if self._ssh and listens(self._socket):
            return
        self._end()
        self._socket.unlink(missing_ok=True)
        try:
            self._ssh = self._start()
        except FileNotFoundError as error:
            raise SandboxUnavailable(f"{self.url} needs the program ssh: install OpenSSH's client.") from error
        if not self._is_up(self._ssh):
            self._end()
            said = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            why = said[-1] if said else "it ended at once"
            raise SandboxUnavailable(f"ssh does not reach {self.url}: {why}")

    def close(self) -> None:
        """End the tunnel and every stream in it."""
        self._end()
        self._folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        place = urlsplit(self.url)
        options = [part for option in _OPTIONS for part in ("-o", option)]
        port = ["-p", str(place.port)] if place.port else []
        forward = f"{self._socket}:{place.path.rstrip('/') or _USUAL}"
        with self._errors.open("wb") as errors:
            return subprocess.Popen(
                [
                    "ssh",
                    "-T",
                    *options,
                    *port,
                    "-L",
                    forward,
                    "--",
                    place.netloc.removesuffix(f":{place.port}"),
                    "cat",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for us: the last requests to the engine still need the tunnel
            )

    def _is_up(self, ssh: subprocess.Popen[bytes]) -> bool:
        """Whether the far end gives back what it is given; by then the socket is there too."""
        assert ssh.stdin and ssh.stdout
        try:
            ssh.stdin.write(_ECHO)
            ssh.stdin.flush()
        except BrokenPipeError:
            return False
        return any(line == _ECHO for line in ssh.stdout)  # a shell at the far end may print something first

    def _end(self) -> None:
        if ssh := self._ssh:
            self._ssh = None
            ssh.terminate()
            with ssh:
                pass
