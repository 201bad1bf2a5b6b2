"""Errors that a person can act on."""


class V2MeowError(Exception):
    """A failure with a cause and a remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Both in words.

        Args:
            problem: one line, what is wrong.
            remedy: one line, what to do about it.
        """
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["V2MeowError"], tuple[str, ...]]:
        """How worker processes send the error back: both arguments, not the joined message."""
        return type(self), (self.problem, self.remedy)


class MediaError(V2MeowError):
    """A video or audio file that cannot be used; `reason` is a short stable word for quarantine tables."""

    def __init__(self, reason: str, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.reason = reason

    def __reduce__(self) -> tuple[type["MediaError"], tuple[str, ...]]:
        """See `V2MeowError.__reduce__`."""
        return type(self), (self.reason, self.problem, self.remedy)


class ConfigError(V2MeowError):
    """A parameter, or a combination of them, that makes no sense."""


class MissingModelError(V2MeowError):
    """Weights that are not on this machine; the remedy names the package or folder to fill."""


class StaleError(V2MeowError):
    """An artifact made for another configuration, clock or corpus than the one asked for."""
