import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChatMessage, loadChatTemplate } from "./chat-template.ts"

const now = new Date(2026, 2, 7, 15, 4, 5)

const load = (chatTemplate: string | null, config: unknown = { bos_token: { content: "<s>" }, eos_token: "</s>" }) =>
  loadChatTemplate({ folder: "model", tokenizer: {}, config, chatTemplate })

const render = (template: string, messages: ReadonlyArray<ChatMessage>, addGenerationPrompt = true) =>
  Effect.flatMap(load(template), (chat) => chat.render(messages, addGenerationPrompt, now))

const ask = { role: "user", content: "1+1?" }
const answer = { role: "assistant", content: "<think>\n\n  so \n</think>\n\n  2 \u0085\n" }

/** Expected values are Jinja's own, with the settings of transformers. */
const templates: ReadonlyArray<readonly [string, string, string]> = [
  ["special tokens by name", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token }}", "<s>1+1?</s>"],
  ["characters to strip", "{{ messages[1].content.split('</think>')[-1].lstrip('\\n') }}|", "  2 \u0085\n|"],
  ["a filter that trims", "{{ messages[1]['content'] | trim }}|", "<think>\n\n  so \n</think>\n\n  2|"],
  ["strip in a condition", "{% if messages[1].content.rstrip().endswith('2') %}yes{% endif %}", "yes"],
  [
    "strip in a hash and a macro",
    "{% macro m(x) %}{{ x.strip('?') }}{% endmacro %}{{ m(messages[0].content) }}",
    "1+1"
  ],
  ["the clock", "{{ strftime_now('%d %b %Y, %A %I:%M %p') }}", "07 Mar 2026, Saturday 03:04 PM"],
  ["JSON", "{{ messages[0] | tojson }}", '{"role": "user", "content": "1+1?"}'],
  ["no tools", "{% if tools is defined and tools is none %}none{% endif %}", "none"],
  [
    "blocks on lines of their own",
    "{% for m in messages %}\n  {% if loop.last %}\nlast\n  {% endif %}\n{% endfor %}",
    "last\n"
  ],
  ["generation tags", "{% generation %}a{% endgeneration %}b", "ab"],
  ["a loop left early", "{% for i in range(5) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "01"],
  ["the prompt for an answer", "{% if add_generation_prompt %}assistant{% endif %}", "assistant"]
]

describe("a chat template", () => {
  it.effect.each(templates)("given %s, then the text is Jinja's", ([, template, expected]) =>
    Effect.map(render(template, [ask, answer]), (text) => assert.strictEqual(text, expected))
  )

  it.effect("given one that refuses a conversation, then its own words are told", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(render("{{ raise_exception('roles must alternate') }}", [ask]))
      assert.strictEqual(error.message, "the conversation cannot be written for this model: roles must alternate")
    })
  )

  it.effect("given a file beside tokenizer_config.json, then it counts; of named ones, the default", () =>
    Effect.gen(function* () {
      const named = (...names: ReadonlyArray<string>) => ({
        chat_template: names.map((name) => ({ name, template: name }))
      })
      const text = (chatTemplate: string | null, config: unknown) =>
        Effect.flatMap(load(chatTemplate, config), (chat) => chat.render([ask], true, now))
      assert.strictEqual(yield* text("file", { chat_template: "config" }), "file")
      assert.strictEqual(yield* text(null, { chat_template: "config" }), "config")
      assert.strictEqual(yield* text(null, named("tool_use", "default")), "default")
      const error = yield* Effect.flip(load(null, named("tool_use", "rag")))
      assert.match(error.message, /tokenizer_config\.json .*no template "default" among "tool_use", "rag"/)
    })
  )

  it.effect.each([
    ["none at all", null, {}, /has a chat template; give a plain prompt/],
    ["one that does not parse", "{% if %}", {}, /chat_template\.jinja cannot be used: chat_template: /],
    ["one that is a number", null, { chat_template: 7 }, /tokenizer_config\.json cannot be used: .*chat_template/]
  ] as const)("given %s, then it fails and says so", ([, chatTemplate, config, expected]) =>
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(load(chatTemplate, config))).message, expected)
    })
  )
})
