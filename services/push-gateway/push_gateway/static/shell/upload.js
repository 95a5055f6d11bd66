/** Uploads pictures. */
import { ApiError, imagesUrl, refusal, written } from './api.js';

/** Resolves to the outbox item; `onProgress` is told the share that has left (0 to 1). */
export function postImage(chatId, file, ref, onProgress) {
	const form = new FormData();
	form.append('ref', ref);
	form.append('image', file, file.name || 'picture');
	return new Promise((resolve, reject) => {
		const upload = new XMLHttpRequest(); // fetch tells no upload progress
		upload.open('POST', imagesUrl(chatId));
		upload.responseType = 'json';
		for (const [name, value] of Object.entries(written())) upload.setRequestHeader(name, value);
		upload.upload.onprogress = (event) => onProgress(event.loaded / event.total);
		upload.onerror = () => reject(new ApiError(0));
		upload.onload = () => {
			const { status, response } = upload;
			if (status < 300 && response) resolve(response);
			else reject(refusal(status, response, upload.getResponseHeader('Retry-After')));
		};
		upload.send(form);
	});
}
