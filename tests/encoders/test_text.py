"""MiniLM gives what transformers gives, whatever else is in the batch."""

import numpy as np
import pytest
import torch

from v2meow_pipeline.encoders.text import MODULE, PACKAGE, MiniLM
from v2meow_pipeline.networks.weights import wheel_file

TEXTS = ["calm solo piano", "a gentle, slow piano melody", "aggressive metal guitar", "", "word " * 1000, "日本語 🎹"]


def test_rows_are_finite_unit_vectors_even_for_empty_and_overlong_texts(text_encoder: MiniLM) -> None:
    vectors = text_encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), text_encoder.width) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_has_one_vector_alone_and_in_a_batch(text_encoder: MiniLM) -> None:
    """Padding that leaks into attention or into the mean would move it."""
    alone = np.concatenate([text_encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(text_encoder.encode(TEXTS), alone, atol=1e-5)


def test_order_survives_sorting_by_length(text_encoder: MiniLM) -> None:
    many = [f"{'very ' * (i % 7)}fast song number {i}" for i in range(70)]
    np.testing.assert_allclose(text_encoder.encode(many)[41], text_encoder.encode([many[41]])[0], atol=1e-5)


def test_meaning_is_nearer_than_words(text_encoder: MiniLM) -> None:
    piano, gentle, metal = text_encoder.encode(TEXTS[:3])
    assert piano @ gentle > piano @ metal + 0.1


def test_a_bare_string_is_refused(text_encoder: MiniLM) -> None:
    """It would be read letter by letter, and the generation silently conditioned on noise."""
    with pytest.raises(TypeError, match="list of strings"):
        text_encoder.encode("calm solo piano")


def test_no_texts_give_no_rows(text_encoder: MiniLM) -> None:
    assert text_encoder.encode([]).shape == (0, text_encoder.width)


def test_network_equals_transformers(text_encoder: MiniLM) -> None:
    """A swapped parameter or another activation would still give unit vectors."""
    from transformers import BertModel

    folder = wheel_file(MODULE, "model/config.json", PACKAGE).parent
    reference = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    ids = torch.randint(1000, 20000, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[1, 5:] = False
    with torch.inference_mode():
        ours = text_encoder._network(ids, mask)
        theirs = reference(ids, attention_mask=mask.long()).last_hidden_state
    torch.testing.assert_close(ours[mask], theirs[mask], atol=1e-4, rtol=1e-4)
