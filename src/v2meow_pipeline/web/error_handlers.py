"""Errors of an application as one line of JSON, without stack traces."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.errors import INTERNAL, INVALID, RequestError


def add_error_handlers(app: FastAPI, hint: str) -> None:
    """Makes all errors one line of JSON: {"error": "..."}.

    Args:
        app: the application.
        hint: sentence that ends the message of an invalid request, such as a reference to the documentation.
    """

    @app.exception_handler(V2MeowError)
    def refused(_: Request, error: V2MeowError) -> JSONResponse:
        return _error(error.status if isinstance(error, RequestError) else INVALID, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in error.errors()]
        return _error(INVALID, f"The request is not valid: {'; '.join(faults)}. {hint}")

    @app.exception_handler(HTTPException)
    def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return _error(error.status_code, error.detail)

    @app.exception_handler(Exception)
    def internal(_: Request, error: Exception) -> JSONResponse:
        return _error(INTERNAL, "Internal error. The server's log has the details.")


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(message.split())}, status)
