/** How much of a long list is drawn. */

const RUN = 120;
const STEP = 60;
const LONGEST = 240;
const SPARE = 6;

/** Rows to draw for a scroll position, a few to spare: `{first, last}` (last exclusive). */
export function rowsInView(scrollTop, height, rowHeight, count) {
	const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + SPARE);
	return { first: Math.min(last, Math.max(0, Math.floor(scrollTop / rowHeight) - SPARE)), last };
}

/** A run that follows the newest message (`first` null); others begin at the id `first`. */
export const tailRun = () => ({ first: null, size: RUN });

/** Places of the run within `ids`: `{from, to}` (to exclusive). */
export function runPlaces(ids, { first, size }) {
	const start = first === null ? -1 : ids.indexOf(first);
	if (start < 0) return { from: Math.max(0, ids.length - size), to: ids.length };
	return { from: start, to: Math.min(ids.length, start + size) };
}

/** The run moved towards older messages. Long runs let go of their newest. */
export function runUp(ids, run) {
	const { from, to } = runPlaces(ids, run);
	const start = Math.max(0, from - STEP);
	return start === from ? run : { first: ids[start], size: Math.min(LONGEST, to - start) };
}

/** The run moved towards newer messages; at the end it follows the newest again. */
export function runDown(ids, run) {
	const { from, to } = runPlaces(ids, run);
	if (run.first === null) return run;
	const end = Math.min(ids.length, to + STEP);
	const start = Math.max(from, end - LONGEST);
	return { first: end === ids.length ? null : ids[start], size: end - start };
}

export const atTail = (ids, run) => runPlaces(ids, run).to === ids.length;
