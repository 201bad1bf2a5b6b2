"""Tokenize pipeline: encodes audio to the tokens that the stages predict."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.tokenize import nodes
from v2meow_pipeline.shared_nodes.models import models_node


def create_pipeline() -> Pipeline:
    """Creates the tokenize pipeline."""
    return create_semantic_pipeline() + create_acoustic_pipeline() + create_encode_pipeline() + _report_pipeline()


def create_semantic_pipeline() -> Pipeline:
    """Creates the pipeline that fits the semantic tokenizer."""
    inputs = ["corpus_audio", "params:semantic_tokenizer", "params:from_scratch", "w2v_bert.checkpoint"]
    inputs.append("semantic_tokenizer_folder")
    fit = Node(nodes.fit_semantic_tokenizer, inputs, "semantic_tokenizer", name="fit_semantic_tokenizer")
    return Pipeline([_audio_node(), fit])


def create_acoustic_pipeline() -> Pipeline:
    """Creates the pipeline that fits the acoustic tokenizer, or copies a trained codec."""
    inputs = ["corpus_audio", "params:codec", "params:acoustic_tokenizer", "params:from_scratch", "codec_networks"]
    inputs.append("acoustic_tokenizer_folder")
    networks = models_node("codec_networks", "mel_rvq.checkpoint", "soundstream.checkpoint")
    fit = Node(nodes.fit_acoustic_tokenizer, inputs, "acoustic_tokenizer", name="fit_acoustic_tokenizer")
    return Pipeline([_audio_node(), networks, fit])


def create_encode_pipeline() -> Pipeline:
    """Creates the pipeline that encodes the clips."""
    tokenizers = models_node("tokenizers", "semantic_tokenizer", "acoustic_tokenizer", "w2v_bert.checkpoint")
    inputs = ["clip_audio", "tokenizers", "params:clock", "executor", "tokens_folder"]
    return Pipeline([tokenizers, Node(nodes.encode_clips, inputs, "tokens", name="encode_clips")])


def create_report_pipeline() -> Pipeline:
    """Creates the pipeline that encodes the clips and measures the reconstruction from their tokens."""
    return create_encode_pipeline() + _report_pipeline()


def create_audio_prompts_pipeline() -> Pipeline:
    """Creates the pipeline that selects the audio prompts of `generate.composer.audio_prompts`."""
    models = models_node("audio_prompt_models", "semantic_tokenizer", "acoustic_tokenizer", "music_text_head")
    data = ["clip_manifest", "tokens", "music_text", "params:clock"]
    inputs = ["excerpt_data", "audio_prompt_models", "params:audio_prompts", "audio_prompts_folder"]
    return Pipeline(
        [
            models,
            Node(nodes.collect_excerpt_data, data, "excerpt_data", name="collect_excerpt_data"),
            Node(nodes.select_audio_prompts, inputs, "audio_prompts", name="select_audio_prompts"),
        ]
    )


def _audio_node() -> Node:
    inputs = ["clip_manifest", "clip_audio", "params:clock"]
    return Node(nodes.collect_audio, inputs, "corpus_audio", name="collect_audio")


def _report_pipeline() -> Pipeline:
    decoders = models_node("decoders", "tokenizers", "vocoder.checkpoint")
    inputs = ["corpus_audio", "tokens", "decoders", "params:tokens.report_clips", "params:generate.composer.decoder"]
    outputs = ["reconstruction", "reconstruction_pictures"]
    report = Node(nodes.report_tokenizers, [*inputs, "reconstruction_folder"], outputs, name="report_tokenizers")
    return Pipeline([_audio_node(), decoders, report])
