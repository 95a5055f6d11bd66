/** What an operator does in the open chat. */
import { atTail, runDown, runUp, tailRun } from '../core/window.js';
import { postAnswered, postBlock, postDelete, postRead } from '../shell/api.js';

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
		askBlock() {
			const { chatId } = ui;
			const block = (reason) => postBlock(chatId, Number(reason)).then(() => app.toast(app.t('block.done')), app.failed);
			app.do.showDialog({ ask: 'block', choices: [1, 2, 3, 4], act: block });
		},
		askDelete({ chat_id: chatId, id }) {
			app.do.showDialog({ ask: 'delete', act: () => postDelete(chatId, id).catch(app.failed) });
		},
	};
}
