/**
 * Texts, ids and conversations, as transformers writes them.
 */
import { Effect } from "effect"
import type { ChatTemplate } from "../../../learning/policy/tokenizer/chat-template.ts"
import type { TextTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import type { Cases } from "./cases.ts"
import { failed, saidBy, same, sameText } from "./check.ts"

export const checkTokenizer = (name: string, { tokenizer: cases }: Cases, tokenizer: TextTokenizer) =>
  Effect.gen(function* () {
    const encoded = yield* Effect.forEach(cases.encode, (expected, i) => {
      const place = `${name} tokenizer.encode[${i}]`
      return Effect.gen(function* () {
        const ids = yield* tokenizer.encode(expected.text)
        const own = Int32Array.from(expected.ids)
        return [
          same(`${place}.ids`, ids, expected.ids),
          same(
            `${place}.ids_with_special`,
            yield* tokenizer.encodeWithSpecial(expected.text),
            expected.ids_with_special
          ),
          same(`${place}.tokens`, Array.from(ids, tokenizer.name), expected.tokens),
          sameText(`${place}.decoded`, tokenizer.decodeWithSpecial(own), expected.decoded),
          sameText(`${place}.decoded_skip_special`, tokenizer.decode(own), expected.decoded_skip_special)
        ]
      }).pipe(Effect.catch((error) => Effect.succeed([failed(place, saidBy(error))])))
    })
    const decoded = cases.decode.flatMap((expected, i) => {
      const place = `${name} tokenizer.decode[${i}]`
      const ids = Int32Array.from(expected.ids)
      return [
        sameText(`${place}.decoded`, tokenizer.decodeWithSpecial(ids), expected.decoded),
        sameText(`${place}.decoded_skip_special`, tokenizer.decode(ids), expected.decoded_skip_special)
      ]
    })
    return [...encoded.flat(), ...decoded]
  })

export const checkChat = (name: string, { chat: cases }: Cases, tokenizer: TextTokenizer, chat: ChatTemplate) =>
  Effect.map(
    Effect.forEach(cases, ({ add_generation_prompt, ids, messages, text }, i) => {
      const place = `${name} chat[${i}]`
      return Effect.gen(function* () {
        const written = yield* chat.render(messages, add_generation_prompt, new Date(0))
        return [sameText(`${place}.text`, written, text), same(`${place}.ids`, yield* tokenizer.encode(written), ids)]
      }).pipe(Effect.catch((error) => Effect.succeed([failed(place, saidBy(error))])))
    }),
    (checks) => checks.flat()
  )
