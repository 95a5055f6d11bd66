/** Applies the gateway's events and does what follows from them. */
import { buyerName } from '../core/format.js';
import { preview } from '../core/messages.js';
import { Session } from '../core/session.js';
import { applyEvent, isCoreEvent } from '../core/store.js';
import { Link } from './gateway.js';

const page = document.documentElement;

export class EventFeed {
	session = new Session();
	#app;
	#version = null;
	#toShow = 0;

	constructor(app) {
		this.#app = app;
		this.link = new Link(this.session, {
			hello: ({ hello }) => this.#greeted(hello),
			apply: ({ event }) => this.#apply(event),
			reload: () => app.reader.reload(),
			login: () => app.login(),
			changed: () => app.changed(),
		});
	}

	reloaded() {
		this.#app.replies.repost();
		this.link.tell('reloaded');
	}

	/** Tells the gateway, which measures it, that the last event is on the screen. */
	drawn() {
		const seq = this.#toShow;
		this.#toShow = 0;
		// The next frame begins after this one was painted.
		if (seq) requestAnimationFrame(() => this.link.tell('say', 'shown', seq));
	}

	#greeted({ version, recovered, operator }) {
		const app = this.#app;
		if (operator !== page.dataset.operator) {
			page.dataset.operator = operator;
			app.replies.repost();
		}
		this.#version ??= version;
		if (version !== this.#version) app.ui.newVersion = version;
		if (recovered) app.replies.wake();
		app.reader.colleagues();
		app.tellLoaded('connected');
	}

	#apply(event) {
		const app = this.#app;
		if (event.seq && document.visibilityState === 'visible') this.#toShow = event.seq;
		for (const effect of applyEvent(app.state, event)) this.#follow(effect);
		if (!isCoreEvent(event)) app.tellFeatures('event', event);
	}

	#follow({ kind, chatId, message, item, recovered }) {
		const app = this.#app;
		const here = chatId === app.ui.chatId;
		if (kind === 'unknown chat') app.reader.unknownChats();
		else if (kind === 'rewritten' && here) app.reader.thread(chatId);
		else if (kind === 'reply') app.replies.settled(item);
		else if (kind === 'arrived' && here) this.#arrived(message);
		else if (kind === 'mode' && recovered > 0) app.tell('mode.recovered', { n: recovered });
		else if (kind === 'ring') this.#ring(app.state.chats.get(chatId), message);
	}

	#arrived({ direction, lead }) {
		const { ui, reader } = this.#app;
		if ((direction === 'in' || lead) && !ui.atBottom) ui.unseen += 1;
		reader.maybeMarkRead();
	}

	#ring(chat, message) {
		const { ui, t, attention } = this.#app;
		ui.announced = `${buyerName(chat, t)}: ${preview(message, t)}`;
		attention.message(chat, message);
	}
}
