/** Which quick replies a few typed words mean: those named so first, then those that say so. */

const plain = (text) => text.toLowerCase().replaceAll('ё', 'е');

export function find(replies, query) {
	const whole = plain(query).trim();
	if (!whole) return replies;
	const words = whole.split(/\s+/);
	const ranked = replies.map((reply) => ({ reply, rank: rankOf(reply, whole, words) }));
	return ranked.filter(({ rank }) => rank < Infinity).sort((a, b) => a.rank - b.rank).map(({ reply }) => reply);
}

function rankOf({ name, folder, text }, whole, words) {
	if (plain(name).startsWith(whole)) return 0;
	const levels = [name, `${name} ${folder}`, `${name} ${folder} ${text}`].map(plain);
	const at = levels.findIndex((level) => words.every((word) => level.includes(word)));
	return at < 0 ? Infinity : at + 1;
}

/** Neighbours of one folder together: `[{folder, replies}, …]`. */
export function byFolder(replies) {
	const groups = [];
	for (const reply of replies) {
		const last = groups.at(-1);
		if (last?.folder === reply.folder) last.replies.push(reply);
		else groups.push({ folder: reply.folder, replies: [reply] });
	}
	return groups;
}
