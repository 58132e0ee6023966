/**
 * What `construct_prompt` of ypwang61/One-Shot-RLVR (21ed529, Qwen2.5-Eval/evaluation/utils.py), run as it is, writes for
 * one problem with none, one and two demonstrations before it: the first 16 hexadecimal digits of each text's SHA-256.
 * It cannot write `kpmath`, which has nothing to put between demonstrations.
 */
import type { Demonstration } from "./prompt-template.ts"

/** What could be mistaken for a place to fill, and spaces at the ends. */
export const officialProblem = "What is $1+1$ in \\{input\\} {input} {{x}} $& ? "

export const officialDemonstrations: ReadonlyArray<Demonstration> = [
  { problem: "How many legs has a cat?", solution: "A cat has four legs. \\boxed{4}" },
  { problem: "Find $x$ if $2x={6}$. ", solution: "So $x=3$, and \\boxed{3} " }
]

export const officialDigests: Readonly<Record<string, readonly [string, string, string]>> = {
  direct: ["fe100b72ac59ce47", "2fdc53710651fc1e", "e668d14bb8ac16cd"],
  cot: ["fe100b72ac59ce47", "a9a8a61f772687c9", "e418184e94fc3e14"],
  pal: ["89bee2e484b2eeda", "9a48419b848afce2", "58a45a2dca2a86ff"],
  "tool-integrated": ["9942157797731722", "ee1b6404b530025f", "29f9555d96319231"],
  "self-instruct": ["c91b5ab345a191ba", "dea6b4411f2d068e", "c07a526696fda6c6"],
  tora: ["dd0337b30df79a13", "4a0bd5b49ff0e74d", "fa5165bda4b89f73"],
  wizard_zs: ["862be4b9897b15ac", "b9776ac3bb85b226", "997f120f08da2546"],
  platypus_fs: ["325fd74f154e88a6", "44648fd2716cbf3b", "a1dc7f992132f51c"],
  "deepseek-math": ["60d52145b1da21ea", "92a547eee4a7aaf2", "3d597ca48d46a4a5"],
  jiuzhang: ["3380afdd045566bf", "76b4cb6d3dc9f2c0", "f5c9c5bdd80e3366"],
  jiuzhang_tora: ["a96c1702b394db71", "9733b354734c34ae", "f6b159f00012aa2b"],
  jiuzhang_nl: ["b113181e06473ced", "7e34d2edb059da1e", "1103a6a721039e0d"],
  mmiqc: ["373104a1fd16ed8e", "8dcce633aba889e6", "3a607d0fc83657ee"],
  abel: ["f7951640e0e134db", "1719383086a6afcd", "4c2333e7439687b4"],
  shepherd: ["5105668e157c4ed5", "3116c7eccc80de6f", "63863b9de10e38b4"],
  "qwen-boxed": ["1d2f77981ddd1153", "178bee7ee8c5e5c7", "5397aa20d088a8fc"],
  "qwen25-math-cot": ["f79efa971425416d", "1ea09efc32c5d299", "1bcac09c0ddc5ed6"],
  "qwen25-math-cot-assistant": ["10e47b66e210ad85", "0471943a8a8833c5", "3b2190574d6e05a1"],
  "qwen25-math-cot-tool": ["f79efa971425416d", "d91ad7482b939317", "769943042556382c"],
  mathstral: ["7449c5a0c0f90d8c", "da0c71ded5695768", "705dc681152987ea"],
  "internlm-math-fs": ["5eb7e27ab30ab9f1", "4016a05046970216", "c3f1e2c7880727b4"],
  "internlm-math-chat": ["10e47b66e210ad85", "8734db7d9c1680c4", "410f222e37b751ac"],
  mistral: ["881bd39f15627fc6", "4b20fd89967eb10b", "cede0cbf1dc7d0c1"],
  numina: ["6b76236753f59a13", "0342e3c8c36bacf3", "67bf6533a5afca8d"],
  o1_cot: ["f87c2570fa3ea1f6", "40899a29a53cb040", "976b7ab6160b1332"],
  "deepseek-r1": ["a4145e1c3e1937df", "1887d0001b5f889e", "1129c850082fb72f"],
  llama: ["a3fdf10a6b323bd2", "ebba9d3fbb4ae12b", "c8f9a44dc215e2ae"],
  "deepseek-distill": ["6b1014d7a11cd1ea", "4f927366d7ba09de", "94f9fe4de17ddb81"]
}
