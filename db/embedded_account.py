"""As whom the embedded Postgres runs: it refuses to run as root."""

import os
import pwd
import stat
from pathlib import Path
from typing import TypedDict


class Account(TypedDict, total=False):
    """The account's part of `subprocess` arguments; empty: our own."""

    user: int
    group: int
    extra_groups: list[int]


def unprivileged_account() -> Account:
    """Our own account, or that of `nobody` when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def make_private(directory: Path, *, account: Account) -> None:
    """Make the directory, closed to all but the account.

    Raises `PermissionError` when it is there and belongs to someone else (it may lie in /tmp).
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    if account and directory.lstat().st_uid == os.geteuid():
        os.chown(directory, account["user"], account["group"], follow_symlinks=False)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.get("user", os.geteuid()):
        raise PermissionError(f"{directory} belongs to someone else")


def let_through(*, data_dir: Path, programs: Path) -> None:
    """Let `nobody` pass (not list) the directories above, and run what the wheel brought."""
    for path in (data_dir, programs):
        for directory in (path, *path.parents):
            _add_mode(directory, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:  # unpacked under a strict umask
        for path in programs.parent.rglob("*"):
            _add_mode(path, stat.S_IROTH | stat.S_IXOTH)


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
