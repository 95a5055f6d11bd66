/** Overlapping requests of one kind: the last one asked counts, not the last one answered. */

export class Latest {
	#turn = 0;

	/** Resolves or rejects as `work` does; resolves to undefined when later work was begun meanwhile. */
	async run(work) {
		this.#turn += 1;
		const turn = this.#turn;
		try {
			const answer = await work();
			return turn === this.#turn ? answer : undefined;
		} catch (error) {
			if (turn === this.#turn) throw error;
			return undefined;
		}
	}
}
