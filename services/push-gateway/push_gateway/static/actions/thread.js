/** What an operator does in the open chat. */
import { atTail, runDown, runUp, tailRun } from '../core/window.js';
import { postAnswered, postRead } from '../shell/gateway.js';

const NEAR_PX = 600;

export function threadActions(app) {
	const { ui } = app;

	const reachEnd = () => {
		ui.unseen = 0;
		if (ui.run.first !== null) ui.run = { first: null, size: ui.run.size };
		app.maybeRead();
	};

	return {
		scrollThread({ target: { scrollTop, scrollHeight, clientHeight } }) {
			const ids = app.messageIds();
			ui.atBottom = app.scroll.staysAtBottom() && atTail(ids, ui.run);
			if (ui.atBottom) reachEnd();
			if (scrollTop < NEAR_PX) {
				const up = runUp(ids, ui.run);
				if (up === ui.run && scrollHeight > clientHeight) app.reader.older(ui.chatId);
				ui.run = up;
			} else if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
				ui.run = runDown(ids, ui.run);
			}
			app.schedule();
		},
		loadOlder: () => app.reader.older(ui.chatId),
		retryThread: () => app.reader.thread(ui.chatId),
		jump() {
			Object.assign(ui, { run: tailRun(), unseen: 0, atBottom: true });
			app.changed();
		},
		toggleCard() {
			ui.cardShown = !ui.cardShown;
			app.schedule();
		},
		markRead: () => postRead(ui.chatId, app.messageIds().at(-1)).catch(app.failed),
		noAnswer: () => postAnswered(ui.chatId, app.messageIds().at(-1)).catch(app.failed),
		askBlock: () => app.use(import('./ask.js'), 'askBlock', ui.chatId),
		askDelete: (message) => app.use(import('./ask.js'), 'askDelete', message),
		/** Takes the open chat when nobody has it, leaves an own one, else asks who is to have it. */
		takeOrLeave: () => app.use(import('../team/assign.js'), 'takeOrLeave'),
		chooseOwner: () => app.use(import('../team/assign.js'), 'chooseOwner'),
		openNote: () => app.use(import('../features/notes/composer.js'), 'openDesk', ui.chatId),
	};
}
