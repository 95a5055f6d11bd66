/** Puts chosen, dropped or pasted files below the composer. */
import { pictureProblem } from '../core/pictures.js';

export async function attach(app, chatId, files) {
	for (const file of files) {
		const problem = pictureProblem(file.size, new Uint8Array(await file.slice(0, 12).arrayBuffer()));
		if (problem) app.toast(app.t(problem, { name: file.name }), true);
		else app.attach(chatId, [...app.pictures(chatId), { file, url: URL.createObjectURL(file) }]);
	}
}
