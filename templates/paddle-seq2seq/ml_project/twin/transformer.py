"""The twin of models/transformer.py (Vaswani et al. 2017)."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.models.transformer import NEIGHBOURS
from ml_project.symbols import PAD
from ml_project.twin.attention import Attention
from ml_project.twin.embeddings import Embeddings, SharedDropout


class EncoderLayer(nn.Layer):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.feed = feed_forward(width, dropout)
        self.dropout = SharedDropout(dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        normed = self.norm(x)
        x = x + self.dropout(self.attention(normed, self.attention.remember(normed), visible))
        return x + self.dropout(self.feed(x))


class DecoderLayer(nn.Layer):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.across = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.norm_across = nn.LayerNorm(width)
        self.feed = feed_forward(width, dropout)
        self.dropout = SharedDropout(dropout)

    def forward(
        self, x: Tensor, past: Tensor, memory: Tensor, visible: Tensor, pace: float
    ) -> tuple[Tensor, Tensor]:
        """`past` holds what the earlier symbols left; it comes back with those of `x` behind."""
        first = past.shape[1]
        normed = self.norm(x)
        past = paddle.concat([past, self.attention.remember(normed, first)], axis=1)
        places = paddle.arange(past.shape[1])
        causal = places.unsqueeze(0) <= places[first:].unsqueeze(1)
        x = x + self.dropout(self.attention(normed, past, causal.unsqueeze(0), first))
        x = x + self.dropout(self.across(self.norm_across(x), memory, visible, first, pace))
        return x + self.dropout(self.feed(x)), past


class Transformer(nn.Layer):
    """Memory [batch, layers, length, 2 * width]: what each layer of the decoder looks at.
    State [batch, layers, symbols so far, 2 * width]."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        settings, source, target = (architecture[key] for key in ("layers", "source", "target"))
        width, dropout = settings["width"], settings["dropout"]
        self.pace: float = architecture["pace"]
        shape = (width, settings["heads"], dropout)
        self.source_embeddings = Embeddings(source, width)
        self.target_embeddings = Embeddings(target, width)
        self.neighbours = nn.Conv1D(width, width, NEIGHBOURS, padding=NEIGHBOURS // 2)
        encoder = [EncoderLayer(*shape) for _ in range(settings["encoder_layers"])]
        decoder = [DecoderLayer(*shape) for _ in range(settings["decoder_layers"])]
        self.encoder, self.decoder = nn.LayerList(encoder), nn.LayerList(decoder)
        self.encoder_norm = nn.LayerNorm(width)
        self.decoder_norm = nn.LayerNorm(width)
        self.dropout = SharedDropout(dropout)
        self.output_bias = self.create_parameter([target], is_bias=True)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        visible = (source != PAD).unsqueeze(1)
        x = self.source_embeddings(source)
        near = self.neighbours(x.transpose([0, 2, 1])).transpose([0, 2, 1])
        x = self.dropout(x + nn.functional.gelu(near))
        for layer in self.encoder:
            x = layer(x, visible)
        x = self.encoder_norm(x)
        memory = paddle.stack([layer.across.remember(x) for layer in self.decoder], axis=1)
        return memory, memory[:, :, :0]

    def decode(
        self, tokens: Tensor, source: Tensor, memory: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The scores of what follows each of the tokens, and the state after the last."""
        visible = (source != PAD).unsqueeze(1)
        x = self.dropout(self.target_embeddings(tokens))
        states: list[Tensor] = []
        for i, layer in enumerate(self.decoder):
            x, past = layer(x, state[:, i], memory[:, i], visible, self.pace)
            states.append(past)
        logits = self.target_embeddings.compare(self.decoder_norm(x)) + self.output_bias
        return logits, paddle.stack(states, axis=1)


def feed_forward(width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, 2 * width),
        nn.GELU(),
        SharedDropout(dropout),
        nn.Linear(2 * width, width),
    )
