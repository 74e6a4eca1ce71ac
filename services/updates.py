"""Live updates: what changed about an organization, to everybody in this process who waits for it.

Nothing is buffered without bound: changes that a slow reader has not taken yet are merged.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from enum import auto
from uuid import UUID

import structlog

from db.enums import Word

log = structlog.get_logger(__name__)


class OrganizationChange(Word):
    """What part of an organization changed."""

    ORGANIZATION = auto()
    BILLING = auto()
    SUBSCRIPTION = auto()
    SEATS = auto()
    MEMBERS = auto()
    INVITATIONS = auto()


EVERYTHING = frozenset(OrganizationChange)


def _known(words: Collection[str]) -> frozenset[OrganizationChange]:
    """The changes that have a name here: during an upgrade a newer process may say others, which
    no client of this one can be told of.
    """
    if unknown := [word for word in words if word not in EVERYTHING]:
        log.debug("updates.unknown_change", changes=unknown)
    return frozenset(OrganizationChange(word) for word in words if word in EVERYTHING)


class Waiting:
    """One reader: the changes since they last looked."""

    def __init__(self) -> None:
        self._changes: set[OrganizationChange] = set()
        self._changed = asyncio.Event()

    def add(self, changes: frozenset[OrganizationChange]) -> None:
        """Something changed."""
        self._changes |= changes
        self._changed.set()

    async def take(self) -> frozenset[OrganizationChange]:
        """Wait for changes; all there are by then."""
        await self._changed.wait()
        self._changed.clear()
        taken, self._changes = frozenset(self._changes), set()
        return taken


class UpdateHub:
    """Fans notifications out to the readers of this process."""

    def __init__(self) -> None:
        self._waiting: defaultdict[UUID, set[Waiting]] = defaultdict(set)

    @contextmanager
    def waiting_for(self, organization_id: UUID) -> Iterator[Waiting]:
        """A reader of one organization's changes, as long as the block lasts."""
        reader = Waiting()
        self._waiting[organization_id].add(reader)
        try:
            yield reader
        finally:
            readers = self._waiting[organization_id]
            readers.discard(reader)
            if not readers:
                del self._waiting[organization_id]

    def heard(self, payload: str) -> None:
        """A notification: the organizations that changed, and how."""
        for organization_id, changes in json.loads(payload).items():
            readers = self._waiting.get(UUID(organization_id), ())
            known = _known(changes)
            for reader in readers if known else ():
                reader.add(known)

    def lost_track(self) -> None:
        """Notifications may have been missed: everybody has to look again."""
        for readers in self._waiting.values():
            for reader in readers:
                reader.add(EVERYTHING)

    async def changes(self, organization_id: UUID) -> AsyncIterator[frozenset[OrganizationChange]]:
        """The changes of one organization, as they come."""
        with self.waiting_for(organization_id) as reader:
            while True:
                yield await reader.take()
