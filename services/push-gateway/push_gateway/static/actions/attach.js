/** Puts chosen, dropped or pasted files below the composer. */
import { pictureProblem } from '../core/pictures.js';

export async function attach(app, chatId, files) {
	const refused = [];
	for (const file of files) {
		const problem = pictureProblem(file.size, new Uint8Array(await file.slice(0, 12).arrayBuffer()));
		if (problem) refused.push([problem, { name: file.name }]);
		else app.attach(chatId, [...app.pictures(chatId), { file, url: URL.createObjectURL(file) }]);
	}
	if (refused.length) await app.learn('pictures');
	for (const [problem, values] of refused) app.toast(app.t(problem, values), true);
}
