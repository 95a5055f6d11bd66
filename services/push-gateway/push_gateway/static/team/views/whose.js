/** Whose chat this is, in its head: a list to take it, give it away or leave it. */
import { oneLine } from '../../core/format.js';
import { request } from '../../shell/api.js';
import { button, html, live, names, when } from '../../views/lit.js';
import { assign } from '../assign.js';

let colleagues = null;

/** Names change rarely: they are read at the first chat, and again whenever the list is about to be opened. */
function look(app) {
	colleagues ??= [];
	request('api/operators', {}).then(({ operators }) => {
		colleagues = operators;
		app.schedule();
	}, app.refused.bind(app));
}

export function whose(app, chat) {
	const { t } = app;
	const me = app.session.hello?.operator;
	if (colleagues === null) look(app);
	const owner = chat.owner ?? '';
	const others = new Set([...colleagues, owner].filter((name) => name && name !== me).sort());
	const option = (value, words) => html`<option value=${value} .selected=${live(owner === value)}>${words}</option>`;
	return html`
		${when(!owner && me, () => button(t('whose.take'), () => assign(app, chat, me), 'plain take'))}
		<label class=${names('whose', { mine: owner === me, free: !owner })} title=${t('whose.title')}>
			<span class="hidden">${t('whose.title')}</span>
			<select name="owner" @focus=${() => look(app)} @change=${({ target }) => assign(app, chat, target.value || null)}>
				${option('', t('whose.nobody'))}${when(me, () => option(me, t('whose.me')))}
				${[...others].map((name) => option(name, oneLine(name, 40)))}
			</select></label>`;
}
