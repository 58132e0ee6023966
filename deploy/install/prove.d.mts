/**
 * Loads the installed TensorFlow addon in a process of its own and multiplies two matrices.
 * Gives the native library's version, or what went wrong in words.
 */
export function proveAddon():
  | { readonly ok: true; readonly tensorflow: string }
  | { readonly ok: false; readonly why: string }
