"""Tokenize pipeline: encodes audio to the tokens that the stages predict."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.tokenize.nodes import (
    encode_clips,
    fit_acoustic_tokenizer,
    fit_semantic_tokenizer,
    report_tokenizers,
)


def create_pipeline() -> Pipeline:
    """Creates the tokenize pipeline."""
    return Pipeline(
        [
            Node(
                fit_semantic_tokenizer,
                [
                    "clip_manifest",
                    "clip_audio",
                    "params:semantic_tokenizer",
                    "params:clock",
                    "params:from_scratch",
                    "semantic_tokenizer_folder",
                ],
                "semantic_tokenizer",
                name="fit_semantic_tokenizer",
            ),
            Node(
                fit_acoustic_tokenizer,
                [
                    "clip_manifest",
                    "clip_audio",
                    "params:codec",
                    "params:acoustic_tokenizer",
                    "params:clock",
                    "params:from_scratch",
                    "models_folder",
                    "acoustic_tokenizer_folder",
                ],
                "acoustic_tokenizer",
                name="fit_acoustic_tokenizer",
            ),
            Node(
                encode_clips,
                [
                    "clip_audio",
                    "semantic_tokenizer",
                    "acoustic_tokenizer",
                    "params:tokens.workers",
                    "params:clock",
                    "params:backend",
                    "params:ray",
                    "tokens_folder",
                ],
                "tokens",
                name="encode_clips",
            ),
            Node(
                report_tokenizers,
                [
                    "clip_manifest",
                    "clip_audio",
                    "tokens",
                    "semantic_tokenizer",
                    "acoustic_tokenizer",
                    "params:tokens.report_clips",
                    "params:generate.composer.decoder",
                    "params:clock",
                    "reconstruction_folder",
                ],
                ["reconstruction", "reconstruction_pictures"],
                name="report_tokenizers",
            ),
        ]
    )
