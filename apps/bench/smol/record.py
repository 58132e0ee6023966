"""Greedy continuations of the folder that convert.py writes, by Hugging Face transformers: what Onefold must equal.

  venv/bin/pip install torch==2.15.0 transformers==5.23.0
  venv/bin/python apps/bench/smol/record.py FOLDER > apps/bench/smol/greedy.jsonl

Float32 with a cache, 64 tokens, not stopped at the end of sequence. `gaps` are the logits by which each token won: where
one is tiny, another order of additions may choose otherwise. Every token is checked once more without the cache.
"""
import hashlib, json, os, sys

import torch, transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW = 64
CHATS = [
    [{"role": "user", "content": "What is 7 + 5?"}],
    [{"role": "user", "content": "Anna has 3 bags with 4 apples each. She eats 2 apples. How many are left?"}],
    [{"role": "user", "content": "What is the capital of France?"}],
    [{"role": "system", "content": "You answer in one word."}, {"role": "user", "content": "Which colour is the sky?"}],
    [{"role": "user", "content": "Name three fruits."}, {"role": "assistant", "content": "Apple, pear, plum."},
     {"role": "user", "content": "And three vegetables?"}],
    [{"role": "user", "content": "Écris une phrase sur la mer. 🌊"}],
]
PLAIN = [
    "The sun is",
    "def fibonacci(n):\n    ",
    "1, 2, 3, 4, 5, 6,",
    "Water boils at 100 degrees Celsius, which means that",
]


def main(folder: str) -> None:
    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = [("chat", chat, tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)) for chat in CHATS]
    prompts += [("plain", text, text) for text in PLAIN]
    cases = []
    for kind, given, text in prompts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                                 max_new_tokens=NEW, eos_token_id=None, pad_token_id=0)
            logits = model(out).logits[0, len(ids) - 1:-1]
        new = out[0, len(ids):]
        top = logits.topk(2, -1)
        if not torch.equal(top.indices[:, 0], new):
            sys.exit(f"with and without cache, transformers itself differs after {text!r}: choose another prompt")
        gaps = (top.values[:, 0] - top.values[:, 1]).tolist()
        cases.append({"kind": kind, "given": given, "text": text, "prompt": ids, "continuation": new.tolist(),
                      "minGap": round(min(gaps), 5), "gaps": [round(gap, 3) for gap in gaps],
                      "written": tokenizer.decode(new)})
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    head = {"transformers": transformers.__version__, "torch": torch.__version__, "weightsSha256": digest}
    for line in [head, *cases]:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: record.py FOLDER")
    main(sys.argv[1])
