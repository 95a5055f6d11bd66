/** What is asked before it happens in Avito, where it cannot be taken back. */
import { chatPath, request } from '../shell/gateway.js';

/** Avito's reasons: 1 spam, 2 fraud, 3 insults, 4 another. */
export function askBlock(app, chatId) {
	const block = (reason) => request(`${chatPath(chatId)}/blacklist`, {}, { reason_id: Number(reason) })
		.then(() => app.toast(app.t('block.done')), app.failed);
	app.do.showDialog({ ask: 'block', choices: [1, 2, 3, 4], act: block });
}

export function askDelete(app, { chat_id: chatId, id }) {
	const path = `${chatPath(chatId)}/messages/${encodeURIComponent(id)}/delete`;
	app.do.showDialog({ ask: 'delete', act: () => request(path, {}, {}).catch(app.failed) });
}
