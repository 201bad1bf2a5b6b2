"""ONNX inference sessions."""

from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.errors import V2MeowError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(path: Path) -> "InferenceSession":
    """Opens a session on one CPU thread; on a busy machine two threads are slower.

    Args:
        path: ONNX file.

    Returns:
        The session.

    Raises:
        V2MeowError: if the file does not contain a runnable network.
    """
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except failures() as error:
        raise V2MeowError(f"{path} holds no network that can be run: {reason(error)}", "Export it again.") from error


def failures() -> tuple[type[Exception], ...]:
    """Exceptions of onnxruntime, which have no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        state.EPFail,
        state.EngineError,
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoModel,
        state.NoSuchFile,
        state.NotImplemented,
        state.RuntimeException,
    )


def reason(error: Exception) -> str:
    """First line of an error message."""
    return (str(error) or repr(error)).splitlines()[0]
