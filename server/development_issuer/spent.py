import hashlib
import time
from pathlib import Path


class SpentValues:
    """What may be used once: codes and refresh tokens. One empty file each, beside the key.

    Creating a file is atomic between processes and outlives a restart, which is all it takes here.
    """

    def __init__(self, directory: Path, *, keep_seconds: int) -> None:
        self._directory = directory
        self._keep_seconds = keep_seconds

    def spend(self, value: str) -> bool:
        """Whether this was the first time."""
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            self._path(value).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def is_spent(self, value: str) -> bool:
        """Whether it was spent before."""
        return self._path(value).exists()

    def sweep(self) -> None:
        """Forget what has ended by itself meanwhile."""
        oldest = time.time() - self._keep_seconds
        for path in self._directory.glob("*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _path(self, value: str) -> Path:
        return self._directory / hashlib.sha256(value.encode()).hexdigest()
