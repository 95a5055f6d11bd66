/** What an operator does with an answer that was not sent. */
import { request } from './gateway.js';
import { draft, setDraft } from './drafts.js';

/** Sends it once more. */
export function retry(app, item) {
	const { ref, state, kind, text, chat_id: chatId } = item;
	if (state === 'failed') return request(`api/outbox/${encodeURIComponent(ref)}/retry`, {}, {}).catch(app.failed);
	const { file, url } = app.replies.fileOf(ref) ?? {};
	if (kind === 'text') app.replies.sendText(chatId, text);
	else if (file) app.replies.sendPicture(chatId, file, url);
	else return null;
	return app.replies.drop(item);
}

/** Puts the text into the field, before whatever is being written there. */
export function edit(app, item) {
	const { state, text, chat_id: chatId } = item;
	const written = draft(chatId);
	const isThere = written === text || written.startsWith(`${text}\n`);
	if (!isThere) setDraft(chatId, written ? `${text}\n${written}` : text);
	if (state === 'rejected') app.replies.drop(item);
	app.changed();
}
