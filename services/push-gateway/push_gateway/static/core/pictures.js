/** Which files may be sent as a picture. The server looks again; this spares a lost upload. */

const LARGEST = 24 * 1024 * 1024;
const STARTS = [
	[0xff, 0xd8, 0xff],
	[0x89, 0x50, 0x4e, 0x47],
	[0x47, 0x49, 0x46, 0x38],
	[0x42, 0x4d],
];
const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'mif1', 'msf1', 'heim', 'heis']);

const isHeic = (head) => {
	const words = String.fromCharCode(...head.slice(4, 12));
	return words.startsWith('ftyp') && HEIC_BRANDS.has(words.slice(4));
};

/** Null when fine, else the key of the words that say why not. `head`: the first 12 bytes. */
export function pictureProblem(size, head) {
	if (size > LARGEST) return 'picture.large';
	const known = STARTS.some((start) => start.every((byte, at) => head[at] === byte));
	return known || isHeic(head) ? null : 'picture.kind';
}
