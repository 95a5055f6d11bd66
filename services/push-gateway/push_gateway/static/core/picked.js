/** Which of a picture's sizes to show. */
import { safeUrl } from './urls.js';

/** Of `{"WxH": url}` the smallest at least `width` wide, else the largest; undefined when none is usable. */
export function pickPicture(sizes, width) {
	const list = Object.entries(sizes ?? {}).map(([key, value]) => {
		const [w, h] = key.split('x').map(Number);
		return { url: safeUrl(value), width: w || 0, height: h || 0 };
	}).filter(({ url }) => url).sort((a, b) => a.width - b.width);
	return list.find((one) => one.width >= width) ?? list.at(-1);
}
