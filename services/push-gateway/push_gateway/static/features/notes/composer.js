/** Writing a note instead of an answer. Its draft is one of its own: neither ever becomes the other. */
import { refOfDraft } from '../../shell/storage.js';
import { button, html, icon, isComposing, live, names, when } from '../../views/parts.js';

const MOST = 2000;
const COUNT_FROM = 1800;

export class NoteComposer {
	#app;
	#busy = false;
	#close;
	#keep;

	/** `keep({text, ref})` saves a note; `close()` is called when the operator leaves. */
	constructor(app, chatId, { keep, close }) {
		this.#app = app;
		this.chatId = chatId;
		this.#keep = keep;
		this.#close = close;
	}

	focus() {
		requestAnimationFrame(() => document.querySelector('.note-composer textarea')?.focus());
	}

	/** Another colour, other words, another button than an answer has. */
	draw() {
		const { t } = this.#app;
		const text = this.#text;
		const length = Array.from(text).length;
		return html`
			<form class="composer note-composer" @submit=${this.#save}>
				<p class="note-label">${icon('note')}<b>${t('note.label')}</b>${button(t('note.leave'), this.leave)}</p>
				<div class="write">
					<textarea name="note" rows="2" placeholder=${t('note.placeholder')} aria-label=${t('note.placeholder')}
						.value=${live(text)} ?readonly=${this.#busy} @input=${this.#type} @keydown=${this.#key}></textarea>
					<button class="keep-note" ?disabled=${this.#busy || !text.trim() || length > MOST}>${t('note.save')}</button>
				</div>
				<p class="composer-note"><span>${t('note.keys')}</span>
					${when(length >= COUNT_FROM, () => html`<span class=${names('counter', { trouble: length > MOST })}>${length} / ${MOST}</span>`)}</p>
			</form>`;
	}

	/** Back to answering; what was begun stays. */
	leave = (event) => {
		event?.preventDefault();
		this.#close();
		this.#app.schedule();
		requestAnimationFrame(() => this.#app.do.focusComposer());
	};

	#type = ({ target }) => {
		this.#app.setDraft(this.#place, target.value);
		this.#app.schedule();
	};

	#key = (event) => {
		if (isComposing(event)) return;
		const { sendWith } = this.#app.ui.settings;
		const plain = !event.shiftKey && (event.ctrlKey || event.metaKey || sendWith === 'enter');
		if (event.key === 'Escape') this.leave(event);
		else if (event.key === 'Enter' && plain) this.#save(event);
	};

	/** Stays open afterwards: what is typed next must not go to the buyer by surprise. */
	#save = async (event) => {
		event.preventDefault();
		const text = this.#text.trim();
		if (!text || Array.from(text).length > MOST || this.#busy) return;
		const wish = { text, ref: refOfDraft(this.#place) }; // the same text again is the same note
		this.#busy = true;
		this.#app.schedule();
		try {
			await this.#keep(wish);
			if (this.#text.trim() === text) this.#app.setDraft(this.#place, '');
		} catch (error) {
			this.#app.failed(error);
		}
		this.#busy = false;
		this.#app.changed();
		this.focus(); // the button that was pressed is disabled now, and keys must not fall through to the page
	};

	get #text() {
		return this.#app.draft(this.#place);
	}

	get #place() {
		return `note ${this.chatId}`;
	}
}
