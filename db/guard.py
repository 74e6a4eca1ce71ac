"""A process that must not outlive us, even when we are killed and can end nothing any more."""

import subprocess
from collections.abc import Callable

_SCRIPT = """
read -r line && exit
kill -"$2" "$1" || exit
left="$3"
while [ "$left" -gt 0 ]; do
  sleep 1
  kill -0 "$1" || exit
  left=$((left - 1))
done
kill -KILL "$1"
"""


def guard(pid: int, *, signal: str, seconds: int) -> Callable[[], object]:
    """Send `signal` to the process when we are gone, and KILL `seconds` later.

    A shell waits on a pipe that ends with us. Call the answer, once, before the process is ended
    otherwise: its id may be another process's soon.
    """
    shell = subprocess.Popen(  # noqa: S603 - a constant script
        ["/bin/sh", "-c", _SCRIPT, "guard", str(pid), signal, str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what is sent to our group is not for the guard
    )
    return lambda: shell.communicate(b"no longer needed\n")
