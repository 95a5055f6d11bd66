/** Replies that were not sent, or may not have arrived: try again, edit, look, take back. */
import { request } from './gateway.js';
import { draft, setDraft } from './storage.js';

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

const path = (ref) => `api/outbox/${encodeURIComponent(ref)}`;

export const cancel = (ref) => request(`${path(ref)}/cancel`, {}, {});

/** The reply; null: it never arrived, or ended long ago. */
export async function look(ref) {
	return request(path(ref), {}).catch((error) => {
		if (error.code === 'unknown_reply') return null;
		throw error;
	});
}

/** How it stands then. One that the server does not know it will not take any more, should it be under way still. */
export async function takeBack(ref) {
	return cancel(ref).catch((error) => {
		if (error.code === 'wrong_state') return request(path(ref), {});
		if (error.code === 'unknown_reply') return { state: 'cancelled' };
		throw error;
	});
}
