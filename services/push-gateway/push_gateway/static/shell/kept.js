/**
 * Replies that the operator may still have to hear of: one entry a ref, under the name of who wrote it. It is removed
 * by whoever learns its end, in any tab. A picture is kept as long as its page lives.
 */
import { operator } from './gateway.js';
import { load, namesOf, onSaved, save } from './storage.js';

const folderOf = (who) => `reply/${who}/`;

export class KeptReplies {
	#pictures = new Map();
	#all = null;

	/** `onChange`: another tab has added, changed or removed one. */
	constructor(onChange) {
		onSaved('reply/', () => {
			this.#all = null;
			onChange();
		});
	}

	/** Those of the operator at work, oldest first. */
	all() {
		const folder = folderOf(operator());
		if (this.#all?.folder !== folder) {
			const pictures = [...this.#pictures.values()].filter(({ by }) => by === operator());
			const replies = [...namesOf(folder).map((name) => load(name)), ...pictures];
			this.#all = { folder, replies: replies.sort((a, b) => a.at - b.at) };
		}
		return this.#all.replies;
	}

	/** As any tab left it. */
	get(ref) {
		const picture = this.#pictures.get(ref);
		return picture?.by === operator() ? picture : load(folderOf(operator()) + ref, null);
	}

	put(reply) {
		this.#all = null;
		if (reply.kind === 'text') save(folderOf(reply.by) + reply.ref, reply);
		else this.#pictures.set(reply.ref, reply);
	}

	remove(ref) {
		this.#all = null;
		this.#pictures.delete(ref);
		save(folderOf(operator()) + ref, null);
	}

	holdsPictures = () => this.#pictures.size > 0;
}
