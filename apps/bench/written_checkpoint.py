#!/usr/bin/env python3
"""Says how far transformers' log-probs of a checkpoint that Onefold wrote are from those of the original.

usage: written_checkpoint.py ORIGINAL WRITTEN [--cases CASES.json] [--adapter FOLDER]
prints one JSON line: {"worst": largest difference, "tokens": how many were compared, "bits": whether all were equal}
Sequences come from CASES.json where given (sequences[].ids), else they are random. Both are loaded in float32, the
written one also by its own dtype, which must be float32. With --adapter, PEFT puts that on the original first.
"""
import argparse, json

import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
for name in ("original", "written", "--cases", "--adapter"):
    parser.add_argument(name)
asked = parser.parse_args()
folders = (asked.original, asked.written)
models = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval() for folder in folders]
if asked.adapter:
    from peft import PeftModel

    models[0] = PeftModel.from_pretrained(models[0], asked.adapter).eval()
unasked = AutoModelForCausalLM.from_pretrained(asked.written, dtype="auto")
assert unasked.dtype == torch.float32, f"the written config.json says {unasked.dtype}"
if asked.cases:
    sequences = [case["ids"] for case in json.load(open(asked.cases))["sequences"]]
else:
    generator = torch.Generator().manual_seed(1)
    sequences = torch.randint(models[0].config.vocab_size, (4, 64), generator=generator).tolist()

worst, tokens = 0.0, 0
with torch.no_grad():
    for ids in sequences:
        one, two = (torch.log_softmax(model(torch.tensor([ids])).logits[0], -1) for model in models)
        worst = max(worst, (one - two).abs().max().item())
        tokens += len(ids)
print(json.dumps({"worst": worst, "tokens": tokens, "bits": worst == 0.0}))
