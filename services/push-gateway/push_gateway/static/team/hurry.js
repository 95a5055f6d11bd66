/** Asks before a second answer leaves; until then nothing was sent, and the draft stays as it is. */
import { wear } from '../shell/parts.js';
import { hurry } from './views/hurry.js';

export async function ask(app, asked) {
	await Promise.all([app.learn('team'), wear('team')]);
	asked.draw = () => hurry(app, asked);
	app.schedule();
	// The careful choice has the focus: whoever presses Enter twice sends nothing.
	requestAnimationFrame(() => document.querySelector('.hurry [name=keep]')?.focus());
}
