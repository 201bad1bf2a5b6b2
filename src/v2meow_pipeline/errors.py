"""Errors that the user can fix."""


class V2MeowError(Exception):
    """Error with a problem description and a remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Joins problem and remedy to the error message.

        Args:
            problem: one line that says what is wrong.
            remedy: one line that says what to do.
        """
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["V2MeowError"], tuple[str, ...]]:
        """Pickles the constructor arguments, so that worker processes can return the error."""
        return type(self), (self.problem, self.remedy)


class MediaError(V2MeowError):
    """Unusable video or audio file; `reason` is a short, stable code for quarantine tables."""

    def __init__(self, reason: str, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.reason = reason

    def __reduce__(self) -> tuple[type["MediaError"], tuple[str, ...]]:
        """See `V2MeowError.__reduce__`."""
        return type(self), (self.reason, self.problem, self.remedy)


class ConfigError(V2MeowError):
    """Invalid parameter, or invalid combination of parameters."""


class MissingModelError(V2MeowError):
    """Missing weights; the remedy names the package to install or the folder to fill."""


class StaleError(V2MeowError):
    """Artifact made for another configuration, clock or corpus than the current one."""
