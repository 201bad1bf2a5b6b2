"""Errors of the web server, with their HTTP status."""

from v2meow_pipeline.errors import V2MeowError

BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
TOO_LARGE = 413
INVALID = 422
TOO_MANY = 429
INTERNAL = 500
UNAVAILABLE = 503
NO_SPACE = 507


class RequestError(V2MeowError):
    """Request that the server refuses; `status` is the HTTP status of the response."""

    def __init__(self, status: int, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.status = status

    def __reduce__(self) -> tuple[type["RequestError"], tuple[int, str, str]]:  # type: ignore[override]
        """See `V2MeowError.__reduce__`."""
        return type(self), (self.status, self.problem, self.remedy)


class JobCancelled(V2MeowError):
    """Job that its client cancelled."""

    def __init__(self) -> None:
        super().__init__("The job was cancelled.", "Submit it again.")

    def __reduce__(self) -> tuple[type["JobCancelled"], tuple[()]]:
        """See `V2MeowError.__reduce__`."""
        return type(self), ()
