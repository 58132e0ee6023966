/**
 * Loads the installed TensorFlow addon in a process of its own and multiplies two matrices.
 * Gives the native library's version and whether it computed on a GPU, or what went wrong in words.
 */
export function proveAddon():
  | { readonly ok: true; readonly tensorflow: string; readonly gpu: boolean }
  | { readonly ok: false; readonly why: string }
