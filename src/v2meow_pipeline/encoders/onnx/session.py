"""Networks as ONNX files."""

from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.errors import V2MeowError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(path: Path) -> "InferenceSession":
    """A network on one thread of the CPU: on a busy machine two are slower than one.

    Args:
        path: the ONNX file.

    Returns:
        The session.

    Raises:
        V2MeowError: when the file holds no network that can be run.
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
    """What onnxruntime raises; its exceptions have no base of their own."""
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
    """The first line of what onnxruntime says."""
    return (str(error) or repr(error)).splitlines()[0]
