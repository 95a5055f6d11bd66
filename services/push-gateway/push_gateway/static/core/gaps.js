/** A gap: a place in braces, like `{товар}`, that is to be filled in before an answer is sent. */
export const GAP = /\{\s*\p{L}[^{}\n]{0,40}\}/u;
