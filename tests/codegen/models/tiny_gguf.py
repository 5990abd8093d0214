"""A GGUF file of a few hundred kilobytes: a one-layer model with random weights and a byte-level tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

WIDTH, INNER, HEADS, KV_HEADS, CONTEXT = 64, 96, 4, 2, 2048
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write(path: Path) -> Path:
    """Write the file; the same one each time."""
    import gguf
    from tokenizers import pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, "in", "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    control = len(letters) + 1
    writer: Any = gguf.GGUFWriter(path, "qwen2")
    writer.add_name("toy")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.NORMAL if number < control else gguf.TokenType.CONTROL for number in range(len(tokens))]
    )
    writer.add_token_merges(["i n"])
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_bos_token_id(control)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)

    random = np.random.default_rng(0)
    kv = WIDTH // HEADS * KV_HEADS
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(tokens), WIDTH),
        "output.weight": (len(tokens), WIDTH),
        "output_norm.weight": (WIDTH,),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.ffn_norm.weight": (WIDTH,),
        "blk.0.attn_q.weight": (WIDTH, WIDTH),
        "blk.0.attn_k.weight": (kv, WIDTH),
        "blk.0.attn_v.weight": (kv, WIDTH),
        "blk.0.attn_q.bias": (WIDTH,),
        "blk.0.attn_k.bias": (kv,),
        "blk.0.attn_v.bias": (kv,),
        "blk.0.attn_output.weight": (WIDTH, WIDTH),
        "blk.0.ffn_gate.weight": (INNER, WIDTH),
        "blk.0.ffn_up.weight": (INNER, WIDTH),
        "blk.0.ffn_down.weight": (WIDTH, INNER),
    }
    for name, shape in shapes.items():
        scale = 1.0 if "norm" in name else 0.1
        values = np.ones(shape) if "norm" in name else random.normal(0, scale, shape)
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
