/** Choosing a quick reply in the composer: what was typed, what fits, which one is meant. */
import { isComposing } from '../../shell/keys.js';
import { wear } from '../../shell/parts.js';
import { everything, remembered } from './catalogue.js';
import { selectGap } from './unconfirmed.js';
import { fill, valuesOf } from './placeholders.js';
import { find } from './find.js';
import { idOf, palette } from './palette_view.js';

/** More than anybody reads; typing on narrows them down. */
const SHOWN = 60;

/**
 * Opens it over the composer of a chat, unless something else is open by then. `bySlash`: a `/` was just typed into the
 * empty field, and it and what follows are a search.
 */
export async function openPalette(app, chatId, bySlash) {
	await Promise.all([app.learn('quick'), wear('features/quick_replies/palette')]);
	if (app.ui.chatId !== chatId || !composerField()) {
		if (app.ui.quick?.chatId === chatId) app.ui.quick = null;
		return;
	}
	const quick = new Palette(app, chatId);
	app.ui.quick = quick;
	app.schedule();
	requestAnimationFrame(() => quick.takeOver(bySlash)); // by then it is drawn
	await quick.load();
}

/** Where the answer is written; null while a note is. */
const composerField = () => document.querySelector('.composer:not(.noting) textarea');

class Palette {
	#app;
	#all = remembered();
	#place = [0, 0];
	#taken = ''; // out of the field

	constructor(app, chatId) {
		this.#app = app;
		this.values = valuesOf(app.state.chats.get(chatId), app.session.hello?.operator);
		Object.assign(this, { chatId, query: '', chosen: 0, loading: true, trouble: '' });
		this.#find();
		addEventListener('hashchange', () => this.#close(), { once: true }); // another chat
	}

	/** A `/` that opened it, and what was typed behind it meanwhile, become the search; else the text comes at the caret. */
	takeOver(bySlash) {
		const field = composerField();
		if (!field) { // a note was opened meanwhile
			this.#close();
			return;
		}
		if (bySlash && field.value.startsWith('/')) {
			if (field.value !== '/') this.#taken = field.value;
			this.query = field.value.slice(1);
			this.#write('', 0);
			this.#find();
			this.#app.schedule();
		} else {
			this.#place = [field.selectionStart, field.selectionEnd];
		}
		const search = document.querySelector('.quick input');
		search.value = this.query; // at once: the next key comes before the next drawing
		search.focus();
	}

	async load() {
		const meant = this.found[this.chosen]?.id;
		try {
			this.#all = await everything();
		} catch (error) {
			this.#app.refused(error);
			this.trouble = this.#app.wordsOf(error);
		}
		this.loading = false;
		this.#find();
		this.chosen = Math.max(0, this.found.findIndex(({ id }) => id === meant));
		this.#app.schedule();
	}

	draw = () => palette(this.#app, this);

	get isEmpty() {
		return this.#all.length === 0;
	}

	search = ({ target }) => {
		if (target.value === '/' && !this.query) {
			this.#leave('/'); // whoever types // wants a slash
			return;
		}
		this.query = target.value;
		this.chosen = 0;
		this.#find();
		this.#app.schedule();
	};

	key = (event) => {
		if (isComposing(event)) return;
		const act = {
			ArrowDown: () => this.#step(1),
			ArrowUp: () => this.#step(-1),
			Enter: () => this.pick(this.found[this.chosen]),
			Escape: () => this.#leave(this.#taken),
			Backspace: this.query ? null : () => this.#leave(),
		}[event.key];
		if (!act) return;
		event.preventDefault();
		act();
	};

	/** Puts the reply into the draft, with all that is known filled in and the first gap selected. */
	pick(reply) {
		if (reply) this.#leave(fill(reply.text, this.values));
	}

	/** Whoever goes elsewhere has closed it; a window that only lost its focus has not. */
	left = ({ currentTarget, relatedTarget }) => {
		if (document.hasFocus() && !currentTarget.contains(relatedTarget)) this.#close();
	};

	#find() {
		const found = find(this.#all, this.query);
		this.found = found.slice(0, SHOWN);
		this.more = found.length - this.found.length;
	}

	#step(by) {
		const { length } = this.found;
		if (!length) return;
		this.chosen = (this.chosen + by + length) % length;
		this.#app.schedule();
		requestAnimationFrame(() => document.getElementById(idOf(this.chosen))?.scrollIntoView({ block: 'nearest' }));
	}

	#leave(text = '') {
		const { value } = composerField();
		const [from, to] = this.#place;
		this.#close();
		this.#write(value.slice(0, from) + text + value.slice(to), from + text.length);
		composerField().focus();
		if (text) selectGap();
	}

	/** Into the field at once too, so that the caret belongs to the new text. */
	#write(text, caret) {
		composerField().value = text;
		composerField().setSelectionRange(caret, caret);
		this.#app.setDraft(this.chatId, text);
	}

	#close() {
		if (this.#app.ui.quick === this) this.#app.ui.quick = null;
		this.#app.schedule();
	}
}
