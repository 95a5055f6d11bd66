/** Looks twice before an answer leaves that may be one too many. Until the operator decides nothing is sent. */
import { wear } from '../shell/parts.js';
import { colleaguesAnswer, mayBeTooMuch } from '../core/duplicates.js';
import { hurry } from '../team/views/hurry.js';

export class Twice {
	#app;
	#begun = new Map(); // chat id → what a colleague had answered when the draft was begun
	#warned = new Map(); // chat id → which answer was pointed out: nobody is asked twice about one

	constructor(app) {
		this.#app = app;
	}

	/** A draft is begun, in view of whatever colleagues have answered so far. */
	begin(chatId) {
		const known = this.#app.state.threads.get(chatId)?.status === 'ready';
		this.#begun.set(chatId, known ? this.#answer(chatId)?.id ?? null : undefined);
	}

	/** True when the answer must wait for a word of the operator's: a colleague has just answered. */
	asks(chatId, text) {
		const { ui, state, now } = this.#app;
		if (ui.hurry?.chatId === chatId && !ui.hurry.draw) return true; // about to be asked
		const answer = this.#answer(chatId);
		const soon = Math.max(now(), state.lastEventAt); // a clock that is slow must not hide it
		if (answer?.id === this.#warned.get(chatId) || !mayBeTooMuch(answer, this.#begun.get(chatId), soon)) return false;
		this.#warned.set(chatId, answer.id);
		this.#ask({ chatId, text, by: answer.by });
		return true;
	}

	async #ask(asked) {
		const app = this.#app;
		app.ui.hurry = asked;
		try {
			await Promise.all([app.learn('team'), wear('team')]);
		} catch {
			app.ui.hurry = null;
			app.toast(app.t('error.unreachable'), true);
			return;
		}
		asked.draw = () => hurry(app, asked);
		app.schedule();
		// The careful choice has the focus: whoever presses Enter once too often sends nothing.
		requestAnimationFrame(() => document.querySelector('.hurry [name=keep]')?.focus());
	}

	#answer(chatId) {
		const thread = this.#app.state.threads.get(chatId);
		return thread ? colleaguesAnswer(thread, this.#app.session.hello?.operator) : null;
	}
}
