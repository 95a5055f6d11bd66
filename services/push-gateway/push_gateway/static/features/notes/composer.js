/** Writing a note instead of an answer. Its draft is one of its own: neither ever becomes the other. */
import { putNote } from './notes.js';
import { openThread } from '../../core/store.js';
import { request } from '../../shell/gateway.js';
import { refOfDraft } from '../../shell/drafts.js';
import { isComposing } from '../../shell/keys.js';
import { wear } from '../../shell/parts.js';
import { desk } from './composer_view.js';

const MOST = 2000;
const LOCAL = -1; // whatever the server says is newer

const path = (chatId) => `api/chats/${encodeURIComponent(chatId)}/notes`;

/** Puts it in the place of the composer, until the operator goes back to answering. */
export async function openDesk(app, chatId) {
	await Promise.all([app.learn('team'), wear('team')]);
	if (!chatId || app.ui.chatId !== chatId) return;
	if (app.ui.noting?.chatId !== chatId) app.ui.noting = new Desk(app, chatId);
	app.schedule();
	focusField();
}

const focusField = () => requestAnimationFrame(() => document.querySelector('.noting textarea')?.focus());

export async function removeNote(app, { id, chat_id: chatId }) {
	try {
		await request(`${path(chatId)}/${encodeURIComponent(id)}/delete`, {}, {});
		putNote(openThread(app.state, chatId).notes, { id, deleted: true }, LOCAL);
	} catch (error) {
		app.failed(error);
	}
	app.changed();
}

class Desk {
	busy = false;
	most = MOST;
	#app;

	constructor(app, chatId) {
		this.#app = app;
		this.chatId = chatId;
	}

	draw = () => desk(this.#app, this);

	get text() {
		return this.#app.draft(this.#place);
	}

	type = ({ target }) => {
		this.#app.setDraft(this.#place, target.value);
		this.#app.schedule();
	};

	key = (event) => {
		if (isComposing(event)) return;
		const { sendWith } = this.#app.ui.settings;
		const plain = !event.shiftKey && (event.ctrlKey || event.metaKey || sendWith === 'enter');
		if (event.key === 'Escape') this.leave(event);
		else if (event.key === 'Enter' && plain) this.save(event);
	};

	/** Back to answering; what was begun stays. */
	leave = (event) => {
		event?.preventDefault();
		this.#app.ui.noting = null;
		this.#app.schedule();
		requestAnimationFrame(() => this.#app.do.focusComposer());
	};

	/** Stays open afterwards: what is typed next must not go to the buyer by surprise. */
	save = async (event) => {
		event.preventDefault();
		const text = this.text.trim();
		if (!text || Array.from(text).length > MOST || this.busy) return;
		const wish = { text, ref: refOfDraft(this.#place) }; // the same text again is the same note
		this.busy = true;
		this.#app.schedule();
		try {
			const note = await request(path(this.chatId), {}, wish);
			const { notes } = openThread(this.#app.state, this.chatId);
			if (!notes.has(note.id)) putNote(notes, note, LOCAL);
			if (this.text.trim() === text) this.#app.setDraft(this.#place, '');
		} catch (error) {
			this.#app.failed(error);
		}
		this.busy = false;
		this.#app.changed();
		focusField(); // the button that was pressed is asleep now, and keys must not fall through to the page
	};

	get #place() {
		return `note ${this.chatId}`;
	}
}
