/** A task that one of all open tabs has: one that is able to do it, then the next. */
export class Turn {
	has = false;
	#name;
	#onChange;
	#letGo = () => {};
	#able = false;

	constructor(name, onChange) {
		this.#name = name;
		this.#onChange = onChange;
	}

	/** Says whether this tab is able; one that no longer is lets the task go at once. */
	set able(able) {
		if (able === this.#able) return;
		this.#able = able;
		if (!able) this.#letGo();
		else if (navigator.locks) this.#ask();
		else this.#set(true); // plain http on a LAN: every tab does it
	}

	/** Whether any tab has it. */
	async isTaken() {
		if (!navigator.locks) return this.has;
		const { held } = await navigator.locks.query();
		return held.some(({ name }) => name === this.#name);
	}

	#ask() {
		const waiting = new AbortController();
		this.#letGo = () => waiting.abort();
		navigator.locks.request(this.#name, { signal: waiting.signal }, () => this.#hold()).catch(() => {}); // no longer wanted
	}

	#hold() {
		this.#set(true);
		return new Promise((resolve) => {
			this.#letGo = () => {
				resolve();
				this.#set(false);
			};
		});
	}

	#set(has) {
		this.has = has;
		this.#onChange();
	}
}
