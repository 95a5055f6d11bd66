/** Views that are fetched when they are first drawn. */
import { wear } from '../shell/parts.js';
import { nothing } from './parts.js';

const AGAIN_MS = 3000;

/**
 * `later(() => import('./voice.js'), 'voice', {words: 'voice', style: 'voice'})` is the module's view `voice`,
 * drawn once its module, words and style sheet are there; until then there is `until` in its place, or nothing.
 */
export function later(load, name, { words, style, until = () => nothing } = {}) {
	let view = null;
	let asked = false;
	const fetchAll = async (app) => {
		const [module] = await Promise.all([load(), words && app.learn(words), style && wear(style)]);
		view = module[name];
		app.schedule();
	};
	return (app, ...given) => {
		if (view) return view(app, ...given);
		if (!asked) {
			asked = true;
			fetchAll(app).catch(() => setTimeout(() => {
				asked = false;
				app.schedule(); // asks again if it is still wanted
			}, AGAIN_MS));
		}
		return until(...given);
	};
}
