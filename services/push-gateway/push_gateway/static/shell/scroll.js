/** Keeps the thread where the reader is: at the newest when there, else on the same bubble. */

const NEAR_END_PX = 40;
const ROUNDED_PX = 1; // the browser rounds heights, but not scrollTop

export class ThreadScroll {
	#anchor = null;
	#chatId = null;
	#top = 0;
	#watched = null;
	#ui;
	// Pictures and the composer change heights without a drawing of ours.
	#observer = new ResizeObserver(() => this.#ui.atBottom && this.toBottom());

	constructor(ui) {
		this.#ui = ui;
	}

	get element() {
		return document.querySelector('[data-scroller]');
	}

	before() {
		const { element } = this;
		this.#anchor = null;
		if (!element || this.#ui.atBottom) return;
		const { top } = element.getBoundingClientRect();
		for (const bubble of element.querySelectorAll('[data-key]')) {
			const place = bubble.getBoundingClientRect();
			if (place.bottom <= top) continue;
			this.#anchor = { key: bubble.dataset.key, top: place.top };
			return;
		}
	}

	after() {
		const { element } = this;
		const entered = this.#chatId !== this.#ui.chatId;
		this.#chatId = this.#ui.chatId;
		if (!element) return;
		this.#watch(element);
		if (entered || this.#ui.atBottom) return this.toBottom();
		const bubble = this.#anchor && element.querySelector(`[data-key="${CSS.escape(this.#anchor.key)}"]`);
		if (bubble) element.scrollTop += bubble.getBoundingClientRect().top - this.#anchor.top;
		this.#top = element.scrollTop;
	}

	toBottom() {
		this.element?.scrollTo(0, this.element.scrollHeight);
		this.#top = this.element?.scrollTop ?? 0;
		this.#ui.atBottom = true;
	}

	/** Whether the reader is at the newest after a scroll: any way up leaves it, growth below does not. */
	staysAtBottom() {
		const { scrollHeight, scrollTop, clientHeight } = this.element;
		const rest = scrollHeight - scrollTop - clientHeight;
		const moved = scrollTop - this.#top;
		this.#top = scrollTop;
		if (moved === 0) return this.#ui.atBottom; // the scroll was ours
		if (moved < 0) return rest <= ROUNDED_PX;
		return this.#ui.atBottom || rest < NEAR_END_PX;
	}

	#watch(element) {
		if (this.#watched === element) return;
		this.#observer.disconnect();
		this.#observer.observe(element);
		this.#observer.observe(element.firstElementChild);
		this.#watched = element;
	}
}
