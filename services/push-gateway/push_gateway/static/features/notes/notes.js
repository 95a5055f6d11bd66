/** The notes of the chats that are loaded: kept in step with the server, drawn among the messages, written, removed. */
import { fullDate, oneLine, rowTime } from '../../core/format.js';
import { openThread } from '../../core/store.js';
import { chatPath, request } from '../../shell/gateway.js';
import { html, icon, tool, when } from '../../views/parts.js';
import { NoteComposer } from './composer.js';

const LOCAL = -1; // known to this browser only: what the server says is newer

/** Takes one note in, as of `stamp`; removed ones stay known, so that an older answer does not bring them back. */
export function putNote(notes, note, stamp) {
	const held = notes.get(note.id);
	if (!(held?.stamp > stamp)) notes.set(note.id, { ...note, stamp });
}

/** All notes as an answer of `seq` has them; what is known as of later stays. */
export function loadNotes(notes, found, seq) {
	for (const id of [...notes.keys()]) putNote(notes, { id, deleted: true }, seq); // what it does not name is gone
	for (const note of found) putNote(notes, note, seq);
}

/** Those to be drawn, oldest first. */
export const visibleNotes = (notes) =>
	[...notes.values()].filter(({ deleted }) => !deleted).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

const notesPath = (chatId) => `${chatPath(chatId)}/notes`;

export class Notes {
	#app;
	#known = new WeakMap(); // thread → its notes by id
	#composer = null; // while a note is being written

	constructor(app) {
		this.#app = app;
	}

	put({ chat_id: chatId, note, seq }) {
		const thread = this.#app.state.threads.get(chatId);
		if (thread) putNote(this.#of(thread), note, seq);
	}

	load(chatId, { notes = [], seq }) {
		loadNotes(this.#of(openThread(this.#app.state, chatId)), notes, seq);
	}

	/** A new epoch: nothing is known as of anything any more. */
	forgetStamps() {
		for (const thread of this.#app.state.threads.values()) {
			for (const note of this.#of(thread).values()) note.stamp = LOCAL;
		}
	}

	lines(thread) {
		return visibleNotes(this.#of(thread)).map((one) => ({ key: `note ${one.id}`, at: one.at, draw: () => this.#draw(one) }));
	}

	/** The note's composer, which stands in place of the answer's; null while answers are written. */
	composer(chatId) {
		return this.#composer?.chatId === chatId ? this.#composer : null;
	}

	/** Opens it, until the operator goes back to answering. */
	open(chatId) {
		if (!chatId || this.#app.ui.chatId !== chatId) return;
		if (!this.composer(chatId)) this.#composer = new NoteComposer(this.#app, chatId, this.#handlersOf(chatId));
		this.#app.schedule();
		this.#composer.focus();
	}

	#of(thread) {
		if (!this.#known.has(thread)) this.#known.set(thread, new Map());
		return this.#known.get(thread);
	}

	#handlersOf(chatId) {
		const close = () => {
			this.#composer = null;
		};
		return { keep: (wish) => this.#save(chatId, wish), close };
	}

	async #save(chatId, wish) {
		const note = await request(notesPath(chatId), {}, wish);
		const notes = this.#of(openThread(this.#app.state, chatId));
		if (!notes.has(note.id)) putNote(notes, note, LOCAL);
	}

	async #remove({ id, chat_id: chatId }) {
		try {
			await request(`${notesPath(chatId)}/${encodeURIComponent(id)}/delete`, {}, {});
			putNote(this.#of(openThread(this.#app.state, chatId)), { id, deleted: true }, LOCAL);
		} catch (error) {
			this.#app.failed(error);
		}
		this.#app.changed();
	}

	#draw(one) {
		const { t, session, now, do: act } = this.#app;
		const mayRemove = one.by === session.hello?.operator || document.documentElement.dataset.role === 'owner';
		const ask = () => act.showDialog({ ask: 'removeNote', act: () => this.#remove(one) });
		return html`
			<li class="note" data-note-id=${one.id} data-key=${`note ${one.id}`}>
				<p class="note-label">${icon('note')}${t('note.label')}</p>
				<p class="text" dir="auto">${one.text}</p>
				<p class="foot"><bdi>${oneLine(one.by, 40)}</bdi>
					<time title=${fullDate(one.at, t.lang)}>${rowTime(one.at, now(), t)}</time>
					${when(mayRemove, () => tool('trash', t('removeNote.label'), ask))}</p>
			</li>`;
	}
}
