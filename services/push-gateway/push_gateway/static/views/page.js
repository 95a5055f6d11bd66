/** The whole panel as one template, and how it is drawn. */
import { fullDate, span } from '../core/format.js';
import { loadStyle } from '../shell/gateway.js';
import { loadSettings, save } from '../shell/storage.js';
import { chatsPane } from './chats.js';
import { LAZY, html, icon, lazy, names, nothing, render, repeat, tool, when } from './parts.js';

const TOAST_MS = 8000;
const LONGEST_PRESS_MS = 3000; // some hands are slow

const dialogs = lazy(() => import('./dialogs.js'), 'dialogs', LAZY);
const firstRun = lazy(() => import('./notices.js'), 'firstRun', LAZY);
const notices = lazy(() => import('./notices.js'), 'notices', LAZY);
const card = lazy(() => import('./card.js'), 'cardPane');
const thread = lazy(loadThread, 'threadPane', { until: ({ t }) => html`<main class="thread" id="thread"><p class="hint">${t('thread.loading')}</p></main>` });

async function loadThread() {
	const modules = [import('./thread.js'), import('./message.js'), import('./composer.js'), import('../shell/scroll.js'), import('./card.js')];
	return (await Promise.all(modules))[0];
}

/** Fetches what the first chat needs before it is opened. */
export function warmUp(app) {
	loadThread().catch(() => {}); // fetched again when needed
	app.loadFeatures();
}

function panel(app) {
	const { ui, t, state } = app;
	const hasCard = ui.chatId && ui.cardShown;
	const panes = { 'in-chat': ui.chatId, 'with-card': hasCard, 'first-run': state.chats.size === 0 };
	return html`
		<a class="skip" href="#thread" @click=${app.do.skip}>${t('skip')}</a>
		${bar(app)}${when(ui.newVersion || ui.soundBlocked || app.session.refusal, () => notices(app))}
		<div class=${names('panes', panes)}>${chatsPane(app)}${
			ui.chatId ? thread(app) : html`<main class="thread" id="thread">${welcome(app)}</main>`}${when(hasCard, () => card(app))}</div>
		<div class="toasts">${repeat(ui.toasts, ({ id }) => id, ({ id, words, bad }) => html`
			<p class=${names('toast', { bad })}><span>${words}</span>${tool('close', t('close'), () => app.do.dropToast(id))}</p>`)}</div>
		<p class="hidden" role="status">${ui.announced}</p>
		${when(ui.dialog, () => dialogs(app))}`;
}

/** Draws the panel: at most once a frame, with the reader's place in the thread kept. */
export class Screen {
	#app;
	#root;
	#isDue = false;
	#heldUntil = 0;
	#toasts = 0;

	constructor(app, root) {
		this.#app = app;
		this.#root = root;
		const hold = (ms) => { this.#heldUntil = performance.now() + ms; };
		// A row that moves while it is pressed would lose the click.
		root.addEventListener('pointerdown', ({ target, button }) => button === 0 && target.closest('.row') && hold(LONGEST_PRESS_MS));
		for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => hold(0));
	}

	schedule() {
		if (this.#isDue) return;
		this.#isDue = true;
		requestAnimationFrame(() => this.#draw());
	}

	toast(words, bad = false) {
		const { ui } = this.#app;
		this.#toasts += 1;
		const id = this.#toasts;
		ui.toasts = [...ui.toasts.filter((toast) => toast.words !== words).slice(-3), { id, words, bad }];
		ui.announced = words;
		setTimeout(() => this.#app.do.dropToast(id), TOAST_MS);
		loadStyle(LAZY.style).catch(() => {}); // without it, it stands below the panes
		this.schedule();
	}

	#draw() {
		if (performance.now() < this.#heldUntil) return requestAnimationFrame(() => this.#draw());
		const app = this.#app;
		this.#isDue = false;
		app.scroll?.before();
		render(panel(app), this.#root);
		for (const dialog of document.querySelectorAll('[data-modal]:not([open])')) dialog.showModal();
		app.scroll?.after();
		const height = document.querySelector('[data-rows]').clientHeight;
		if (height && height !== app.ui.rowsHeight) {
			app.ui.rowsHeight = height;
			this.schedule();
		}
		app.feed.drawn();
	}
}

function lightWords(app, { live, by }) {
	const { t, session } = app;
	if (live === 'live' && session.code) return `${t('light.live')}; ${app.coded('polling', session)}`;
	if (live !== 'polling') return t(`light.${live}`);
	const reason = app.coded('polling', by === 'server' ? session : { code: by });
	return t(reason ? 'light.pollingBecause' : 'light.polling', { reason });
}

function bar(app) {
	const { t, ui, session, state } = app;
	const light = app.light();
	const muted = ui.settings.volume === 0;
	const at = state.lastEventAt;
	return html`
		<header class="bar">
			<span class="brand">Avito Live</span>
			<p class="light" data-light=${light.live === 'live' && session.code ? 'polling' : light.live}>
				<span class="dot" aria-hidden="true"></span>
				<span class="light-words">${lightWords(app, light)}</span>
				${when(at, () => html`<span class="age" title=${fullDate(at, t.lang)}>${t('light.age', { ago: span(app.now() - at, t) })}</span>`)}
			</p>
			<span class="operator">${session.hello?.operator}</span>
			${tool(muted ? 'lazy.svg#mute' : 'bell', t(muted ? 'bar.unmute' : 'bar.mute'), app.do.toggleSound)}
			<span data-keys>${tool('help', t('help.title'), () => app.do.showDialog('help'))}</span>
			${tool('gear', t('settings.title'), () => app.do.showDialog('settings'))}
		</header>`;
}

/** The middle while no chat is open. */
function welcome(app) {
	const { state, ui } = app;
	const { done, total } = state.imported ?? {};
	const importing = done < total;
	if (state.chats.size > 0 && !importing) return summary(app);
	return importing || ui.list.status === 'ready' ? firstRun(app, state.imported ?? {}) : nothing;
}

export const middle = (title, inner) => html`
	<div class="welcome"><span class="emblem">${icon('chat')}</span><h1>${title}</h1>${inner}</div>`;

function summary(app) {
	const { t } = app;
	const { waiting: n, since } = app.totals();
	return middle(t(n ? 'welcome.waiting' : 'welcome.calm', { n }), html`
		${when(n, () => html`<p>${t('welcome.longest', { ago: span(app.now() - since, t) })}</p>`)}
		<p class="quiet">${t('welcome.choose')} <kbd>?</kbd></p>`);
}

export function pageActions(app) {
	const { ui } = app;

	const set = (name, value) => {
		ui.settings = { ...loadSettings(), [name]: value };
		save('settings', ui.settings);
		app.applySettings();
	};

	const showDialog = (dialog) => {
		ui.dialog = dialog;
		if (dialog) app.loadFeatures(); // they have pages and keys of their own
		app.schedule();
	};

	return {
		set,
		showDialog,
		closeDialog: () => showDialog(null),
		toggleSound() {
			const { volume } = ui.settings;
			if (volume > 0) ui.volumeBefore = volume;
			set('volume', volume > 0 ? 0 : (ui.volumeBefore ?? 0.7));
		},
		testSound: () => app.attention.test(),
		toggleCard() {
			ui.cardShown = !ui.cardShown;
			app.schedule();
		},
		dropToast(id) {
			ui.toasts = ui.toasts.filter((toast) => toast.id !== id);
			app.schedule();
		},
		reloadPage: () => location.reload(),
		skip(event) {
			event.preventDefault(); // the address belongs to the chats
			document.querySelector('[data-scroller]')?.focus();
		},
		escape(target) {
			if (target.matches('input, textarea')) target.blur();
			else if (ui.cardShown && !app.isWide()) app.do.toggleCard();
			else if (app.fromFeature('escape')) app.schedule();
			else if (ui.chatId) location.hash = '#/';
		},
	};
}
