/** Working beside colleagues: whose chat it is, and a question before a duplicate answer. */
import { colleaguesAnswer, mayBeDuplicate } from '../core/duplicates.js';
import { oneLine } from '../core/format.js';
import { loadStyle, request } from '../shell/gateway.js';
import { LAZY, button, html, names } from './parts.js';

/** Holds an answer back that may be one too many. Until the operator decides nothing is sent. */
export class DuplicateGuard {
	#app;
	#begun = new Map(); // chat id → what a colleague had answered when the draft was begun
	#warned = new Map(); // chat id → the answer that was pointed out: each is asked about once

	constructor(app) {
		this.#app = app;
	}

	/** A draft is begun, in view of what colleagues have answered so far. */
	begin(chatId) {
		const known = this.#app.state.threads.get(chatId)?.status === 'ready';
		this.#begun.set(chatId, known ? this.#answer(chatId)?.id ?? null : undefined);
	}

	/** True when the answer must wait for a word of the operator's: a colleague has just answered. */
	holds(chatId, text) {
		const { ui, state, now } = this.#app;
		if (ui.duplicate?.chatId === chatId && !ui.duplicate.draw) return true; // about to be asked
		const answer = this.#answer(chatId);
		const soon = Math.max(now(), state.lastEventAt); // a clock that is slow must not hide it
		if (answer?.id === this.#warned.get(chatId) || !mayBeDuplicate(answer, this.#begun.get(chatId), soon)) return false;
		this.#warned.set(chatId, answer.id);
		this.#ask({ chatId, text, by: answer.by });
		return true;
	}

	async #ask(asked) {
		const app = this.#app;
		app.ui.duplicate = asked;
		try {
			await Promise.all([app.loadWords(LAZY.words), loadStyle(LAZY.style)]);
		} catch {
			app.ui.duplicate = null;
			app.toast(app.t('error.unreachable'), true);
			return;
		}
		asked.draw = () => question(app, asked);
		app.schedule();
		// The careful choice has the focus: Enter pressed once too often sends nothing.
		requestAnimationFrame(() => document.querySelector('.duplicate [name=keep]')?.focus());
	}

	#answer(chatId) {
		const thread = this.#app.state.threads.get(chatId);
		return thread ? colleaguesAnswer(thread, this.#app.session.hello?.operator) : null;
	}
}

/** Gives the chat to `owner` (null: to no one), unless a colleague was quicker. */
async function assign(app, { id, owner: was = null }, owner) {
	await app.loadWords(LAZY.words);
	try {
		await request(`api/chats/${encodeURIComponent(id)}/owner`, {}, { owner, was });
	} catch (error) {
		if (error.code !== 'taken') return app.failed(error);
		const who = error.facts.owner;
		app.toast(who ? app.t('assign.taken', { who }) : app.t('assign.left'), true);
		app.reader.thread(id);
	}
	app.changed();
}

export function takeOrLeave(app) {
	const chat = app.state.chats.get(app.ui.chatId);
	const me = app.session.hello?.operator;
	if (!chat || !me) return null;
	if (chat.owner && chat.owner !== me) return chooseOwner(app);
	return assign(app, chat, chat.owner ? null : me);
}

/** Asks who is to have the open chat: oneself, a colleague or no one. */
export async function chooseOwner(app) {
	await app.loadWords(LAZY.words);
	const chat = app.state.chats.get(app.ui.chatId);
	const me = app.session.hello?.operator;
	if (!chat || !me) return;
	const choices = [me, ...app.colleagues.filter((name) => name !== me), ''].filter((name) => name !== chat.owner);
	const namesOf = (name) => (name === me ? app.t('assign.me') : name || app.t('assign.noOne'));
	app.do.showDialog({ ask: 'assign', mild: true, choices, namesOf, act: (name) => assign(app, chat, name || null) });
}

/** The button above the thread that says who has the chat. */
export function ownerButton({ t, session, do: act }, { owner }) {
	const mine = owner === session.hello?.operator;
	const words = mine ? t('owner.me') : owner ? oneLine(owner, 20) : t('owner.take');
	return html`<button class=${names('plain owner-button', { mine, other: owner && !mine })} title=${t('owner.title')}
		@click=${owner ? act.chooseOwner : act.takeOrLeave}>${words}</button>`;
}

/** The owner's name in a chat's row. */
export function ownerLabel({ t, session }, name) {
	const mine = name === session.hello?.operator;
	return html`<span class=${names('owner', { mine })} title=${t('owner.of', { who: name })}>${mine ? t('author.you') : oneLine(name, 20)}</span>`;
}

function question({ t, do: act }, { by }) {
	const words = by ? t('duplicate.by', { who: oneLine(by, 40) }) : t('duplicate.avito');
	return html`
		<div class="duplicate" role="alertdialog" aria-label=${words} @keydown=${(event) => event.key === 'Escape' && keep(event, act)}>
			<span>${words}</span>
			<button type="button" class="plain" name="keep" @click=${(event) => keep(event, act)}>${t('duplicate.keep')}</button>
			${button(t('duplicate.send'), act.submitAnyway)}
		</div>`;
}

function keep(event, act) {
	event.preventDefault();
	act.keepDraft();
}
