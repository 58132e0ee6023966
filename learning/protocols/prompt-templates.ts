/**
 * The prompts of Qwen2.5-Math's evaluation by their names, as the paper's fork of it has them
 * (ypwang61/One-Shot-RLVR, Qwen2.5-Eval/evaluation/utils.py). Data: every character of them reaches the model.
 */

export interface PromptTemplate {
  /** The text of a question; `{input}` stands for the problem. */
  readonly asked: string
  /** The text of a demonstration's solution; `{output}` stands for it, and is all of it where this is missing. */
  readonly answered?: string
  /** What stands between demonstrations, and between the last one and the question. */
  readonly between: string
}

/** In the order of the script. `kpmath` has nothing between, so that the script cannot use it at all; ours is a blank line. */
export const promptTemplates = {
  direct: { asked: "Question: {input}\nAnswer: ", between: "\n\n" },
  cot: { asked: "Question: {input}\nAnswer: ", between: "\n\n\n" },
  pal: { asked: "Question: {input}\n\n", between: "\n---\n" },
  "tool-integrated": { asked: "Question: {input}\n\nSolution:\n", between: "\n---\n" },
  "self-instruct": { asked: "<|user|>\n{input}\n<|assistant|>\n", between: "\n" },
  tora: { asked: "<|user|>\n{input}\n<|assistant|>\n", between: "\n" },
  wizard_zs: { asked: "### Instruction:\n{input}\n\n### Response: Let's think step by step.", between: "\n\n\n" },
  platypus_fs: { asked: "### Instruction:\n{input}\n\n### Response:\n", between: "\n\n\n" },
  "deepseek-math": {
    asked: "User: {input}\nPlease reason step by step, and put your final answer within \\boxed{}.\n\nAssistant:",
    between: "\n\n\n"
  },
  kpmath: {
    asked:
      'User: Please reason step by step and put your final answer at the end with "The answer is: ".\n\n{input}\n\nAssistant:',
    between: "\n\n"
  },
  jiuzhang: { asked: "## Question\n{input}\n\n## Solution\n", between: "\n\n\n" },
  jiuzhang_tora: { asked: "## Question\n{input}\n\n## Code Solution\n", between: "\n\n\n" },
  jiuzhang_nl: { asked: "## Question\n{input}\n\n## Natural Language Solution\n", between: "\n\n\n" },
  mmiqc: {
    asked: 'Please solve the following problem and put your answer at the end with "The answer is: ".\n\n{input}\n\n',
    between: "\n\n\n"
  },
  abel: { asked: "Question:\n{input}\nAnswer:\nLet's think step by step.\n", between: "\n\n" },
  shepherd: { asked: "{input}\n", between: "\n\n\n" },
  "qwen-boxed": {
    asked:
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{input}\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n<|im_start|>assistant\n",
    between: "\n\n"
  },
  "qwen25-math-cot": {
    asked:
      "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n",
    between: "\n\n"
  },
  "qwen25-math-cot-assistant": {
    asked: "<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n",
    answered: "{output}\n",
    between: "\n\n"
  },
  "qwen25-math-cot-tool": {
    asked:
      "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n",
    between: "\n\n"
  },
  mathstral: {
    asked: "{input}\nPlease reason step by step, and put your final answer within \\boxed{}.",
    between: "\n\n"
  },
  "internlm-math-fs": { asked: "Question:{input}\nAnswer:", between: "\n" },
  "internlm-math-chat": { asked: "<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n", between: "\n\n" },
  mistral: { asked: "[INST] {input}[/INST]", between: "\n\n" },
  numina: { asked: "### Problem: {input}\n### Solution:", answered: " {output}", between: "\n\n" },
  o1_cot: {
    asked:
      "[Round 0] USER:\n{input}\nPlease reason step by step, and put your final answer within \\boxed{}. ASSISTANT:\n",
    between: "\n\n"
  },
  "deepseek-r1": {
    asked:
      "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The assistant first thinks about the reasoning process in the mind and then provides the user with the answer. The reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, respectively, i.e., <think> reasoning process here </think> <answer> answer here </answer>. User: {input}. Assistant:",
    between: "\n\n"
  },
  llama: {
    asked:
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 17 Apr 2025\n\n <|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{input}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    between: "\n\n"
  },
  "deepseek-distill": { asked: "<｜begin▁of▁sentence｜><｜User｜>{input}<｜Assistant｜><think>\n", between: "\n\n" }
} as const satisfies Readonly<Record<string, PromptTemplate>>
