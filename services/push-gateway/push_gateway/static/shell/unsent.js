/** Replies that need more than one POST of a text: pictures, trying again, editing, taking back. */
import { ApiError, BASE, chatPath, refusal, request, written } from './gateway.js';
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

/** Puts the text into the field, before what is being written there. */
export function edit(app, item) {
	const { state, text, chat_id: chatId } = item;
	const begun = draft(chatId);
	const isThere = begun === text || begun.startsWith(`${text}\n`);
	if (!isThere) setDraft(chatId, begun ? `${text}\n${begun}` : text);
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

const STALLED_AFTER_MS = 25_000;

/**
 * Resolves to the outbox item; `onProgress` is told the share that has left (0 to 1). Without any progress for a while,
 * or without an answer once all has left, it is given up: whether it arrived is not known then.
 */
export function postImage(chatId, file, ref, seen, onProgress) {
	const form = new FormData();
	form.append('ref', ref);
	if (seen?.epoch) form.append('epoch', seen.epoch); // in another one it may have been sent
	form.append('image', file, file.name || 'picture');
	return new Promise((resolve, reject) => {
		const upload = new XMLHttpRequest(); // fetch tells no upload progress
		let stalled = 0;
		const moved = () => {
			clearTimeout(stalled);
			stalled = setTimeout(() => upload.abort(), STALLED_AFTER_MS);
		};
		upload.open('POST', new URL(`${chatPath(chatId)}/images`, BASE));
		upload.responseType = 'json';
		for (const [name, value] of Object.entries(written())) upload.setRequestHeader(name, value);
		upload.upload.onprogress = (event) => {
			moved();
			onProgress(event.loaded / event.total);
		};
		upload.onerror = upload.onabort = () => reject(new ApiError(0));
		upload.onload = () => {
			const { status, response } = upload;
			if (status < 300 && response) resolve(response);
			else reject(refusal(status, response, upload.getResponseHeader('Retry-After')));
		};
		upload.onloadend = () => clearTimeout(stalled);
		moved();
		upload.send(form);
	});
}
