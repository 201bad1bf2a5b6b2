"""What the tests of clusters compute, in a module that Ray's workers can import."""

import time


def where(pause_s: float) -> str:
    """The node that this was computed on."""
    import ray

    time.sleep(pause_s)
    return str(ray.get_runtime_context().get_node_id())
