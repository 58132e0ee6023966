/**
 * Python's white space, which is not JavaScript's: U+001C to U+001F and U+0085 are in, U+FEFF is not.
 */

/** The characters for which str.isspace() holds, and which str.strip() takes away. */
export const pythonWhiteSpace =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
