/** Uploads pictures. */
import { ApiError, BASE, chatPath, refusal, written } from './gateway.js';

const STALLED_AFTER_MS = 25_000;

/**
 * Resolves to the outbox item; `onProgress` is told the share that has left (0 to 1). Without any progress for a while,
 * or without an answer once all has left, it is given up: nobody knows then whether it arrived.
 */
export function postImage(chatId, file, ref, onProgress) {
	const form = new FormData();
	form.append('ref', ref);
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
