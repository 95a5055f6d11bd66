/** The line above everything: what may be believed, and the tools. */
import { fullDate, span } from '../core/format.js';
import { html, tool, when } from './parts.js';

function lightWords(app, { live, by }) {
	const { t, session } = app;
	if (live !== 'polling') return t(`light.${live}`);
	const reason = by === 'server' ? app.coded('polling', session) : t(`light.by.${by}`);
	return t(reason ? 'light.pollingBecause' : 'light.polling', { reason });
}

export function bar(app) {
	const { t, ui, session, state } = app;
	const light = app.light();
	const muted = ui.settings.volume === 0;
	const at = state.lastEventAt;
	return html`
		<header class="bar">
			<span class="brand">Avito Live</span>
			<p class="light" data-light=${light.live}>
				<span class="dot" aria-hidden="true"></span>
				<span class="light-words">${lightWords(app, light)}</span>
				${when(at, () => html`<span class="age" title=${fullDate(at, t.lang)}>${t('light.age', { ago: span(app.now() - at, t) })}</span>`)}
			</p>
			<span class="operator">${session.hello?.operator}</span>
			${tool(muted ? 'mute' : 'bell', t(muted ? 'bar.unmute' : 'bar.mute'), app.do.toggleSound)}
			<span data-keys>${tool('help', t('help.title'), () => app.do.showDialog('help'))}</span>
			${tool('gear', t('settings.title'), () => app.do.showDialog('settings'))}
		</header>`;
}
