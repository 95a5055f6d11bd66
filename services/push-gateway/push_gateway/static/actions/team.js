/** What an operator does with colleagues in mind: take a chat, leave a note, look before answering twice. */
import { colleaguesAnswer, mayBeTooMuch } from '../core/recent.js';

export function teamActions(app) {
	const { ui } = app;
	const warned = new Map(); // chat id → the colleague's answer that was pointed out
	const unreachable = () => app.toast(app.t('error.unreachable'), true);

	return {
		/** Takes the open chat when nobody has it, leaves an own one; another's is chosen from the list. */
		takeOrLeave: () => import('../team/assign.js').then(({ takeOrLeave }) => takeOrLeave(app)).catch(unreachable),
		openNote: () => import('../team/desk.js').then(({ openDesk }) => openDesk(app, ui.chatId)).catch(unreachable),
		/** True when the answer must wait for a word of the operator's: a colleague has just answered. */
		looksTwice(chatId, text) {
			if (ui.hurry?.chatId === chatId && !ui.hurry.draw) return true; // about to be asked
			const answer = colleaguesAnswer(app.state.threads.get(chatId), app.session.hello?.operator);
			const now = Math.max(app.now(), app.state.lastEventAt); // a clock that is slow must not hide it
			if (answer?.id === warned.get(chatId) || !mayBeTooMuch(answer, ui.begun.get(chatId), now)) return false;
			warned.set(chatId, answer.id);
			ui.hurry = { chatId, text, by: answer.by };
			import('../team/hurry.js').then(({ ask }) => ask(app, ui.hurry)).catch(() => {
				ui.hurry = null;
				unreachable();
			});
			return true;
		},
	};
}
