"""Errors of the archive."""


class ArchiveError(ValueError):
    """A store, a source or a request that cannot be used; the message names it and says why."""


class Conflict(ArchiveError):
    """A write that a rule of the store forbids: something of that name is there already."""


class Missing(ArchiveError):
    """What was asked for is not there, or not for whoever asked."""


class StoreFault(ArchiveError):
    """The store cannot do what it should, whatever was asked of it: disk full, server gone."""
