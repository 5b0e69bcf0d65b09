"""Errors of the learning side; each message names the file or key and what to do."""


class LearnError(ValueError):
    """What cannot be used for learning; the message says what and where."""


class DataError(LearnError):
    """Training or test data that cannot be used as it is."""


class ModelFileError(LearnError):
    """A checkpoint, a set of starting weights or an exported model that cannot be used as it is."""
