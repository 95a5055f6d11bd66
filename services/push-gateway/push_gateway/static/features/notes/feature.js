/** Notes for colleagues, among the messages of a chat. */
import { fullDate, oneLine, rowTime } from '../../core/format.js';
import { openThread } from '../../core/store.js';
import { chatPath, loadStyle, request } from '../../shell/gateway.js';
import { html, icon, tool, when } from '../../views/parts.js';

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

export const notesPath = (chatId) => `${chatPath(chatId)}/notes`;

export async function feature(app) {
	const known = new WeakMap(); // thread → its notes by id
	let composer = null; // while a note is being written
	await Promise.all([app.loadWords('features/notes/words'), loadStyle('features/notes/notes.css')]);

	const notesOf = (thread) => known.get(thread) ?? known.set(thread, new Map()).get(thread);

	/** Puts the note's composer in place of the answer's, until the operator goes back to answering. */
	async function open() {
		const { chatId } = app.ui;
		const { NoteComposer } = await import('./composer.js');
		if (!chatId || app.ui.chatId !== chatId) return;
		if (composer?.chatId !== chatId) composer = new NoteComposer(app, chatId, { close, saved });
		app.schedule();
		composer.focus();
	}

	const openOrSay = () => open().catch(app.failed);

	function close() {
		composer = null;
	}

	function saved(note) {
		const notes = notesOf(openThread(app.state, note.chat_id));
		if (!notes.has(note.id)) putNote(notes, note, LOCAL);
	}

	async function remove({ id, chat_id: chatId }) {
		try {
			await request(`${notesPath(chatId)}/${encodeURIComponent(id)}/delete`, {}, {});
			putNote(notesOf(openThread(app.state, chatId)), { id, deleted: true }, LOCAL);
		} catch (error) {
			app.failed(error);
		}
		app.changed();
	}

	function draw(one) {
		const { t, session } = app;
		const mayRemove = one.by === session.hello?.operator || document.documentElement.dataset.role === 'owner';
		const ask = () => app.do.showDialog({ ask: 'removeNote', act: () => remove(one) });
		return html`
			<li class="note" data-note-id=${one.id} data-key=${`note ${one.id}`}>
				<p class="note-label">${icon('note')}${t('note.label')}</p>
				<p class="text" dir="auto">${one.text}</p>
				<p class="foot"><bdi>${oneLine(one.by, 40)}</bdi>
					<time title=${fullDate(one.at, t.lang)}>${rowTime(one.at, app.now(), t)}</time>
					${when(mayRemove, () => tool('trash', t('removeNote.label'), ask))}</p>
			</li>`;
	}

	return {
		event({ type, chat_id: chatId, note, seq }) {
			const thread = type === 'note' && app.state.threads.get(chatId);
			if (thread) putNote(notesOf(thread), note, seq);
		},
		threadLoaded(chatId, { notes = [], seq }) {
			loadNotes(notesOf(openThread(app.state, chatId)), notes, seq);
		},
		/** A new epoch: nothing is known as of anything any more. */
		forgotten() {
			for (const thread of app.state.threads.values()) {
				for (const note of notesOf(thread).values()) note.stamp = LOCAL;
			}
		},
		lines: (thread) => visibleNotes(notesOf(thread)).map((one) => ({ key: `note ${one.id}`, at: one.at, draw: () => draw(one) })),
		tool: () => tool('note', app.t('note.open'), openOrSay),
		composer: (chatId) => composer?.chatId === chatId && composer.draw(),
		keyAction: (code) => code === 'KeyN' && openOrSay,
		help: () => ['N', app.t('note.help')],
		escape() {
			if (!composer || composer.chatId !== app.ui.chatId) return false;
			composer.leave();
			return true;
		},
	};
}
