/** Addresses that strangers name. */

/** The address as a safe href, or null: only http and https, no user names or passwords in it. */
export function safeUrl(text) {
	if (typeof text !== 'string') return null;
	try {
		const url = new URL(text);
		const plain = url.protocol === 'https:' || url.protocol === 'http:';
		return plain && !url.username && !url.password ? url.href : null;
	} catch {
		return null;
	}
}
