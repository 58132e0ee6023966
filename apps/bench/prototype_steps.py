#!/usr/bin/env python3
"""Times GRPO steps of a PyTorch prototype of the miniature on Onefold's own base and example.

usage: prototype_steps.py PROTOTYPE.py BASE_FOLDER PROMPT ANSWER STEPS THREADS
prints one JSON line: {"millisPerStep": ..., "generate": CPU seconds a step, "train": CPU seconds a step}
"""
import importlib.util, json, os, struct, sys, tempfile

os.environ.setdefault("OMP_NUM_THREADS", sys.argv[6])
import numpy as np
import torch

path, base, prompt, answer, steps, threads = sys.argv[1:7]
spec = importlib.util.spec_from_file_location("prototype", path)
prototype = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prototype)
torch.set_num_threads(int(threads))

config = json.load(open(os.path.join(base, "config.json")))
data = open(os.path.join(base, "model.safetensors"), "rb").read()
size = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8 : 8 + size])


def tensor(name):
    entry = header[name]
    begin, end = (8 + size + offset for offset in entry["data_offsets"])
    return torch.from_numpy(np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"]).copy())


layers = config["num_hidden_layers"]
weights = {"emb": tensor("model.embed_tokens.weight"), "nf": tensor("model.norm.weight"), "head": tensor("lm_head.weight")}
for l in range(layers):
    at = f"model.layers.{l}."
    weights[f"n1.{l}"] = tensor(at + "input_layernorm.weight")
    weights[f"n2.{l}"] = tensor(at + "post_attention_layernorm.weight")
    weights[f"qkv.{l}"] = torch.cat([tensor(at + f"self_attn.{n}_proj.weight") for n in "qkv"])
    weights[f"o.{l}"] = tensor(at + "self_attn.o_proj.weight")
    weights[f"gu.{l}"] = torch.cat([tensor(at + f"mlp.{n}_proj.weight") for n in ("gate", "up")])
    weights[f"dn.{l}"] = tensor(at + "mlp.down_proj.weight")
shape = [config["hidden_size"], layers, config["num_attention_heads"], config["intermediate_size"]]

with tempfile.NamedTemporaryFile(suffix=".pt") as file:
    torch.save(dict(cfg=shape, sd=weights), file.name)
    example = dict(fam="two", prompt=prompt, ans=int(answer))
    arguments = prototype.grpo_args(steps=int(steps), eval_every=10**9, eval_k=0)
    result, _ = prototype.grpo(arguments, file.name, [example], [example])
wall = (result["wall"] - result["t_eval"]) / int(steps)
print(json.dumps(dict(millisPerStep=wall * 1000, generate=result["t_gen"], train=result["t_train"])))
