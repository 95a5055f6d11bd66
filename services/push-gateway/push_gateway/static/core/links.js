/** Addresses that others name: links in texts (only http(s), look-alike hosts spelled out), sizes of pictures. */
import { safeUrl } from './messages.js';

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`]{1,2000}/giu;
const TAIL = /[.,:;!?…»”)\]}]+$/u;

/** The host as the network knows it when that differs from what is written ("xn--…"), else null. */
export function disguised(href) {
	const { hostname } = new URL(href);
	return hostname.split('.').some((part) => part.startsWith('xn--')) ? hostname : null;
}

/** Splits text into `{text}` and `{text, href}` parts; joined they are the text again. */
export function linkParts(text) {
	const parts = [];
	let done = 0;
	for (const match of text.matchAll(LINK)) {
		const shown = trimTail(match[0]);
		const href = safeUrl(/^www/i.test(shown) ? `https://${shown}` : shown);
		if (!href) continue;
		if (match.index > done) parts.push({ text: text.slice(done, match.index) });
		parts.push({ text: shown, href });
		done = match.index + shown.length;
	}
	if (done < text.length) parts.push({ text: text.slice(done) });
	return parts;
}

/** A closing bracket belongs to the link only when it was opened in it. */
function trimTail(link) {
	const tail = TAIL.exec(link)?.[0] ?? '';
	const body = link.slice(0, link.length - tail.length);
	return tail.startsWith(')') && body.includes('(') ? `${body})` : body;
}

/** Of `{"WxH": url}` the smallest at least `width` wide, else the largest; undefined when none is usable. */
export function pickPicture(sizes, width) {
	const list = Object.entries(sizes ?? {}).map(([key, value]) => {
		const [w, h] = key.split('x').map(Number);
		return { url: safeUrl(value), width: w || 0, height: h || 0 };
	}).filter(({ url }) => url).sort((a, b) => a.width - b.width);
	return list.find((one) => one.width >= width) ?? list.at(-1);
}
