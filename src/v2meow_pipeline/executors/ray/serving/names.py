"""Names of the deployments of a set of models: one for each stage, one for the visual encoders, one for the codec."""

CODEC, ENCODERS = "codec", "encoders"


def application(group: str, part: str) -> str:
    """Name of the application of a deployment.

    Args:
        group: name of the models' deployments.
        part: output stream of a stage, `ENCODERS` or `CODEC`.

    Returns:
        The name.
    """
    return f"{group}-{part}"
