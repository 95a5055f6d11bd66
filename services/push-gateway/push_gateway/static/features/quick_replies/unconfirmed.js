/** Asks before an answer with a gap leaves; until then nothing was sent. */
import { GAP } from '../../core/gaps.js';
import { wear } from '../../shell/parts.js';
import { doubt } from './unconfirmed_view.js';

/** Selects the gap, so that typing fills it in. `asked`: `{chatId, text}`. */
export async function ask(app, asked) {
	await Promise.all([app.learn('quick'), wear('features/quick_replies/palette')]);
	asked.draw = () => doubt(app, GAP.exec(asked.text)[0]);
	selectGap();
	app.schedule();
}

/** Selects the first gap of what is written, if there is one. */
export function selectGap() {
	const field = document.querySelector('.composer:not(.noting) textarea');
	const gap = GAP.exec(field?.value);
	if (!gap) return;
	field.focus();
	field.setSelectionRange(gap.index, gap.index + gap[0].length);
}
