/** Choosing a quick reply in the composer: what was typed, what fits, which one is meant. */
import { oneLine } from '../../core/format.js';
import { BASE, loadStyle } from '../../shell/gateway.js';
import { html, icon, isComposing, live, nothing, when } from '../../views/parts.js';
import { byFolder, everything, find, remembered } from './catalogue.js';
import { fill, selectPlaceholder, valuesOf } from './placeholders.js';

const SHOWN = 60; // more than one reads; typing on narrows them down

/**
 * Opens it over the composer of a chat, unless something else is open by then. `bySlash`: a `/` was just typed into the
 * empty field, and it and what follows are a search. `open.palette` is the one that is open, or null.
 */
export async function openPalette(app, chatId, bySlash, open) {
	await Promise.all([app.loadWords('features/quick_replies/words'), loadStyle('features/quick_replies/palette.css')]);
	if (app.ui.chatId !== chatId || !composerField()) {
		if (open.palette?.chatId === chatId) open.palette = null;
		return;
	}
	const palette = new Palette(app, chatId, open);
	open.palette = palette;
	app.schedule();
	requestAnimationFrame(() => palette.takeOver(bySlash)); // by then it is drawn
	await palette.load();
}

/** Where the answer is written; null while a note is. */
const composerField = () => document.querySelector('.composer:not(.note-composer) textarea');

class Palette {
	#app;
	#open;
	#all = remembered();
	#place = [0, 0];
	#taken = ''; // out of the field

	constructor(app, chatId, open) {
		this.#app = app;
		this.#open = open;
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

	draw = () => view(this.#app, this);

	get isEmpty() {
		return this.#all.length === 0;
	}

	search = ({ target }) => {
		if (target.value === '/' && !this.query) {
			this.#leave('/'); // typing // gives a slash
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

	/** Puts the reply into the draft, with all that is known filled in and the first placeholder selected. */
	pick(reply) {
		if (reply) this.#leave(fill(reply.text, this.values));
	}

	/** Moving the focus elsewhere closes it, unless the whole window has lost it. */
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
		if (text) selectPlaceholder();
	}

	/** Into the field at once too, so that the caret belongs to the new text. */
	#write(text, caret) {
		composerField().value = text;
		composerField().setSelectionRange(caret, caret);
		this.#app.setDraft(this.chatId, text);
	}

	#close() {
		if (this.#open.palette === this) this.#open.palette = null;
		this.#app.schedule();
	}
}

const PAGE = new URL('quick-replies', BASE).pathname;

/** The id of the option at a place in the list. */
const idOf = (at) => `quick-${at}`;

function view({ t }, quick) {
	const { found, chosen, query } = quick;
	return html`
		<div class="quick" @focusout=${quick.left}>
			<label class="quick-find">${icon('search')}
				<input role="combobox" autocomplete="off" spellcheck="false" placeholder=${t('quick.find')} aria-label=${t('quick.find')}
					aria-expanded=${String(found.length > 0)} aria-controls="quick-list" aria-autocomplete="list"
					aria-activedescendant=${found.length ? idOf(chosen) : nothing}
					.value=${live(query)} @input=${quick.search} @keydown=${quick.key}></label>
			<div class="quick-list" id="quick-list" role="listbox" aria-label=${t('quick.title')} ?hidden=${!found.length}
				@mousedown=${keepFocus}>${query ? found.map((one, at) => option(quick, one, at)) : folders(t, quick)}</div>
			<p class="quick-note" role="status">${noteOf(t, quick)}</p>
			<p class="quick-foot"><span>${t('quick.keys')}</span><a href=${PAGE} target="_blank" rel="noopener">${t('quick.edit')}</a></p>
		</div>`;
}

const keepFocus = (event) => event.preventDefault();

function folders(t, quick) {
	let at = 0;
	return byFolder(quick.found).map(({ folder, replies }) => html`
		<div role="group" aria-label=${folder || t('quick.noFolder')}>
			${when(folder, () => html`<p class="quick-folder" aria-hidden="true"><bdi>${folder}</bdi></p>`)}
			${replies.map((one) => option(quick, one, at++))}</div>`);
}

const option = (quick, one, at) => html`
	<div class="quick-option" role="option" id=${idOf(at)} aria-selected=${String(at === quick.chosen)} @click=${() => quick.pick(one)}>
		<b><bdi>${oneLine(one.name, 100)}</bdi>${when(quick.query && one.folder, () => html` <small>${oneLine(one.folder, 40)}</small>`)}</b>
		<span><bdi>${oneLine(fill(one.text, quick.values), 160)}</bdi></span></div>`;

function noteOf(t, { found, more, loading, trouble, isEmpty }) {
	if (trouble) return html`<span class="trouble">${trouble}</span>`;
	if (isEmpty) return t(loading ? 'quick.loading' : 'quick.none');
	if (!found.length) return t('quick.notFound');
	return more ? t('quick.more', { n: more }) : '';
}
