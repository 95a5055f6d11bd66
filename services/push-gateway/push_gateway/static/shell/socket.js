/** Carries out what the session decides: one WebSocket, one timer, the polls. */
import { getEvents, socketUrl } from './gateway.js';

export class Link {
	#session;
	#handlers;
	#socket = null;
	#timer = 0;

	/** `handlers`: a function for each action the panel does (hello, apply, reload, login), and `changed`. */
	constructor(session, handlers) {
		this.#session = session;
		this.#handlers = handlers;
		for (const sign of ['online', 'focus', 'pageshow']) addEventListener(sign, () => this.tell('wake'));
		addEventListener('offline', () => this.tell('lost'));
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible') this.tell('wake');
		});
	}

	tell(input, ...values) {
		this.#session[input](performance.now(), ...values);
		for (const action of this.#session.actions()) this.#perform(action);
		this.#handlers.changed();
		this.#setTimer();
	}

	#setTimer() {
		clearTimeout(this.#timer);
		const now = performance.now();
		const wait = this.#session.nextAt(now) - now;
		if (wait < Infinity) this.#timer = setTimeout(() => this.tell('tick'), Math.max(0, wait) + 1);
	}

	#perform(action) {
		if (action.do === 'connect') this.#connect(action);
		else if (action.do === 'close') this.#detach();
		else if (action.do === 'send') this.#socket?.send(JSON.stringify(action.frame));
		else if (action.do === 'poll') this.#poll(action);
		else this.#handlers[action.do](action);
	}

	#connect({ epoch, seq }) {
		this.#detach();
		const socket = new WebSocket(socketUrl(epoch, seq));
		this.#socket = socket;
		const ours = (act) => (event) => socket === this.#socket && act(event);
		socket.onopen = ours(() => this.tell('opened'));
		socket.onmessage = ours(({ data }) => this.tell('frame', JSON.parse(data)));
		socket.onclose = ours(({ code }) => {
			this.#socket = null;
			this.tell('closed', code);
		});
	}

	#detach() {
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
	}

	#poll({ epoch, seq }) {
		getEvents(epoch, seq).then(
			(answer) => this.tell('polled', answer),
			(error) => this.tell('pollFailed', error.status, error.retryAfter),
		);
	}
}
