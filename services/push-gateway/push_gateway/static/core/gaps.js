/** Gaps: places in braces, like `{товар}`, that wait to be filled in before an answer is sent. */

const GAP = /\{\s*\p{L}[^{}\n]{0,40}\}/u;

/** The first gap as `{index, 0: '{товар}'}`, null when there is none. */
export const firstGap = (text) => GAP.exec(text);

/** The text with each gap filled by `valueOf('товар')`; one without a value stays as it stands. */
export const fillGaps = (text, valueOf) =>
	text.replace(new RegExp(GAP, 'gu'), (gap) => valueOf(gap.slice(1, -1).trim().toLowerCase()) || gap);
