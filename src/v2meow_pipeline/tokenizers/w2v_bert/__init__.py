"""w2v-BERT (Chung et al. 2021); the paper's semantic tokens are k-means clusters of one of its hidden layers."""

from v2meow_pipeline.tokenizers.w2v_bert.config import XL, W2vBertConfig
from v2meow_pipeline.tokenizers.w2v_bert.features import W2vBertFeatures
from v2meow_pipeline.tokenizers.w2v_bert.network import KIND, W2vBert
from v2meow_pipeline.tokenizers.w2v_bert.objective import W2vBertObjective

__all__ = ["KIND", "XL", "W2vBert", "W2vBertConfig", "W2vBertFeatures", "W2vBertObjective"]
