"""Kullback-Leibler divergence of tags: does the generated music sound like the same kind of thing as the reference?

Conventions: KL(reference || generated) in nats, range [0, inf), 0 is best, not symmetric. A clip is one vector of class
probabilities, the mean over its frames (`clip_probabilities`); a set's value is the mean over clips. Two forms that are
never compared with each other:

    softmax     sum_c p_c log(p_c / q_c)                                                  classes exclude each other
    bernoulli   sum_c [p_c log(p_c / q_c) + (1 - p_c) log((1 - p_c) / (1 - q_c))]         each class for itself

The softmax form is what is published (Yang et al. 2023, Kreuk et al. 2023, the paper); classifiers of music tags are
multi-label, so the second is what their probabilities mean, and grows with the number of classes. The softmax form of
probabilities without logits divides them by their sum, which is a third number with a key of its own (`renormalised`).
Probabilities are kept within [1e-6, 1 - 1e-6], so that a class of probability 0 costs at most log(1e6) = 13.8 nats, not
infinity. The paper's classifier was never released: the key names the one that was used.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array

EPSILON = 1e-6


def clip_probabilities(frames: npt.ArrayLike) -> Array:
    """The mean over a clip's frames.

    Args:
        frames: probabilities of classes, `[frame, class]`.

    Returns:
        `[class]`, float64.

    Raises:
        ValueError: if there is no frame, or a value is not finite or outside [0, 1].
    """
    values = np.asarray(frames, dtype=np.float64)
    if values.ndim != 2 or len(values) == 0:
        raise ValueError(f"probabilities [frame, class] of at least one frame are needed, not {values.shape}")
    return np.stack([_require_probabilities(frame) for frame in values]).mean(axis=0)


def softmax_kl(reference_logits: npt.ArrayLike, generated_logits: npt.ArrayLike) -> float:
    """The softmax form, from logits.

    Args:
        reference_logits: one clip's, `[class]`.
        generated_logits: of the same classes.

    Returns:
        Nats, 0 for the same distribution (logits that differ by a constant are one distribution).

    Raises:
        ValueError: if logits are empty, not finite, or of other classes.
    """
    return _categorical_kl(*(_softmax(_require_vector(side)) for side in (reference_logits, generated_logits)))


def renormalised_kl(reference: npt.ArrayLike, generated: npt.ArrayLike) -> float:
    """The softmax form, from probabilities that are divided by their sum.

    Args:
        reference: one clip's probabilities, `[class]`; they need not sum to 1.
        generated: of the same classes.

    Returns:
        Nats; scaling one side changes nothing.

    Raises:
        ValueError: if probabilities are empty, not finite, outside [0, 1], all 0, or of other classes.
    """
    return _categorical_kl(*(_renormalised(_require_probabilities(side)) for side in (reference, generated)))


def bernoulli_kl(reference: npt.ArrayLike, generated: npt.ArrayLike) -> float:
    """The multi-label form: the sum over classes of the divergence of "this tag, or not".

    Args:
        reference: one clip's probabilities, `[class]`, each for itself.
        generated: of the same classes.

    Returns:
        Nats.

    Raises:
        ValueError: if probabilities are empty, not finite, outside [0, 1], or of other classes.
    """
    p, q = (np.clip(_require_probabilities(side), EPSILON, 1 - EPSILON) for side in (reference, generated))
    _require_same_classes(p, q)
    return max(0.0, float((p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum()))


def evaluate_logits(
    reference_logits: npt.ArrayLike, generated_logits: npt.ArrayLike, classifier: str
) -> dict[str, float]:
    """The softmax form for one clip, from the logits of a classifier.

    Args:
        reference_logits: `[class]`.
        generated_logits: of the same classes.
        classifier: its name, for the key.

    Returns:
        `kld_softmax_<classifier>`.
    """
    return {f"kld_softmax_{classifier}": softmax_kl(reference_logits, generated_logits)}


def evaluate(reference: npt.ArrayLike, generated: npt.ArrayLike, classifier: str) -> dict[str, float]:
    """Both forms for one clip, from the probabilities of a multi-label classifier.

    Args:
        reference: probabilities, `[class]`.
        generated: of the same classes.
        classifier: its name, for the keys.

    Returns:
        `kld_renormalised_<classifier>`, `kld_bernoulli_<classifier>`.
    """
    return {
        f"kld_renormalised_{classifier}": renormalised_kl(reference, generated),
        f"kld_bernoulli_{classifier}": bernoulli_kl(reference, generated),
    }


def _categorical_kl(reference: Array, generated: Array) -> float:
    """Of two distributions, kept above epsilon and summing to 1 again; what rounding puts below zero is zero."""
    _require_same_classes(reference, generated)
    p, q = (_renormalised(np.maximum(side, EPSILON)) for side in (reference, generated))
    return max(0.0, float((p * np.log(p / q)).sum()))


def _softmax(logits: Array) -> Array:
    return _renormalised(np.exp(logits - logits.max()))


def _renormalised(probabilities: Array) -> Array:
    total = probabilities.sum()
    if total == 0:
        raise ValueError("probabilities that are all 0 are not a distribution")
    return probabilities / total


def _require_vector(values: npt.ArrayLike) -> Array:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or len(vector) == 0:
        raise ValueError(f"one clip's classes [class] are needed, not an array of shape {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError("the classes hold values that are not finite")
    return vector


def _require_probabilities(values: npt.ArrayLike) -> Array:
    vector = _require_vector(values)
    if vector.min() < 0 or vector.max() > 1:
        raise ValueError(f"probabilities lie in [0, 1], not in [{vector.min():g}, {vector.max():g}]")
    return vector


def _require_same_classes(reference: Array, generated: Array) -> None:
    if reference.shape != generated.shape:
        raise ValueError(f"{len(reference)} and {len(generated)} classes cannot be compared")
