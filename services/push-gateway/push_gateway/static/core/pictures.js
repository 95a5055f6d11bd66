/** Which files may be sent as a picture. The server looks again; this spares a lost upload. */

const LARGEST = 24 * 1024 * 1024;
const STARTS = /^(\xff\xd8\xff|\x89PNG|GIF8|BM|.{4}ftyp(hei|hev|mif1|msf1))/s; // the last is HEIC

/** Null when fine, else the key of the words that say why not. `head`: the first 12 bytes. */
export function pictureProblem(size, head) {
	if (size > LARGEST) return 'picture.large';
	return STARTS.test(String.fromCharCode(...head)) ? null : 'picture.kind';
}
