"""Kullback-Leibler divergence (KLD) of the class probabilities of an audio classifier, reference against generated.

Conventions: KL(reference || generated) in nats, range [0, inf), 0 is best, not symmetric. A clip is represented by one
vector of class probabilities, the mean over its frames (`clip_probabilities`); the value of a set is the mean over
clips. The two forms are not comparable with each other:

    softmax     sum_c p_c log(p_c / q_c)                                                  mutually exclusive classes
    bernoulli   sum_c [p_c log(p_c / q_c) + (1 - p_c) log((1 - p_c) / (1 - q_c))]         independent classes

Published results use the softmax form (Yang et al. 2023, Kreuk et al. 2023, the paper). Classifiers of music tags are
multi-label, so the bernoulli form is the correct one for their probabilities; it grows with the number of classes. If
only probabilities and no logits are known, the softmax form divides them by their sum, which gives a third metric with
its own key (`renormalised`). Probabilities are clipped to [1e-6, 1 - 1e-6], so that a class of probability 0 costs at
most log(1e6) = 13.8 nats instead of infinity. The paper's classifier was never released; the key names the one in use.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array

EPSILON = 1e-6


def clip_probabilities(frames: npt.ArrayLike) -> Array:
    """Class probabilities of a clip: the mean over its frames.

    Args:
        frames: class probabilities of each frame, `[frame, class]`.

    Returns:
        Class probabilities, `[class]`, float64.

    Raises:
        ValueError: if there is no frame, or a value is not finite or outside [0, 1].
    """
    values = np.asarray(frames, dtype=np.float64)
    if values.ndim != 2 or len(values) == 0:
        raise ValueError(f"expected probabilities [frame, class] of at least one frame, got shape {values.shape}")
    return np.stack([_require_probabilities(frame) for frame in values]).mean(axis=0)


def softmax_kl(reference_logits: npt.ArrayLike, generated_logits: npt.ArrayLike) -> float:
    """Softmax form of the divergence, from logits.

    Args:
        reference_logits: logits of the reference clip, `[class]`.
        generated_logits: logits of the generated clip for the same classes, `[class]`.

    Returns:
        Divergence in nats; invariant to adding a constant to the logits.

    Raises:
        ValueError: if logits are empty, not finite, or differ in the number of classes.
    """
    return _categorical_kl(*(_softmax(_require_vector(side)) for side in (reference_logits, generated_logits)))


def renormalised_kl(reference: npt.ArrayLike, generated: npt.ArrayLike) -> float:
    """Softmax form of the divergence, from probabilities that are divided by their sum.

    Args:
        reference: class probabilities of the reference clip, `[class]`; they need not sum to 1.
        generated: probabilities of the generated clip for the same classes, `[class]`.

    Returns:
        Divergence in nats; invariant to the scale of either argument.

    Raises:
        ValueError: if probabilities are empty, not finite, outside [0, 1], all 0, or differ in the number of classes.
    """
    return _categorical_kl(*(_renormalised(_require_probabilities(side)) for side in (reference, generated)))


def bernoulli_kl(reference: npt.ArrayLike, generated: npt.ArrayLike) -> float:
    """Multi-label form: sum over classes of the divergence between Bernoulli distributions.

    Args:
        reference: class probabilities of the reference clip, `[class]`.
        generated: probabilities of the generated clip for the same classes, `[class]`.

    Returns:
        Divergence in nats.

    Raises:
        ValueError: if probabilities are empty, not finite, outside [0, 1], or differ in the number of classes.
    """
    p, q = (np.clip(_require_probabilities(side), EPSILON, 1 - EPSILON) for side in (reference, generated))
    _require_same_classes(p, q)
    return max(0.0, float((p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum()))


def tag_divergences(reference: npt.ArrayLike, generated: npt.ArrayLike, classifier: str) -> dict[str, float]:
    """Renormalised and bernoulli form for one clip, from the probabilities of a multi-label classifier.

    Args:
        reference: class probabilities of the reference clip, `[class]`.
        generated: probabilities of the generated clip for the same classes, `[class]`.
        classifier: name of the classifier, used in the keys.

    Returns:
        `kld_renormalised_<classifier>`, `kld_bernoulli_<classifier>`.
    """
    return {
        f"kld_renormalised_{classifier}": renormalised_kl(reference, generated),
        f"kld_bernoulli_{classifier}": bernoulli_kl(reference, generated),
    }


def _categorical_kl(reference: Array, generated: Array) -> float:
    """KL of two distributions, clipped below at epsilon and renormalised; negative rounding errors become 0."""
    _require_same_classes(reference, generated)
    p, q = (_renormalised(np.maximum(side, EPSILON)) for side in (reference, generated))
    return max(0.0, float((p * np.log(p / q)).sum()))


def _softmax(logits: Array) -> Array:
    return _renormalised(np.exp(logits - logits.max()))


def _renormalised(probabilities: Array) -> Array:
    total = probabilities.sum()
    if total == 0:
        raise ValueError("the probabilities are all 0 and cannot be normalised")
    return probabilities / total


def _require_vector(values: npt.ArrayLike) -> Array:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or len(vector) == 0:
        raise ValueError(f"expected one clip's values [class], got an array of shape {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError("the class values are not all finite")
    return vector


def _require_probabilities(values: npt.ArrayLike) -> Array:
    vector = _require_vector(values)
    if vector.min() < 0 or vector.max() > 1:
        raise ValueError(f"probabilities must be in [0, 1], not in [{vector.min():g}, {vector.max():g}]")
    return vector


def _require_same_classes(reference: Array, generated: Array) -> None:
    if reference.shape != generated.shape:
        raise ValueError(
            f"{len(reference)} and {len(generated)} classes cannot be compared: use one classifier for both"
        )
