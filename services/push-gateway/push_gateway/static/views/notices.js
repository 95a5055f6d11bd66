/** Below the bar: what the operator should do about this page. */
import { button, html, when } from './parts.js';

const notice = (words, label, act) => html`<p class="notice"><span>${words}</span>${button(label, act)}</p>`;

export function notices({ t, ui, do: act }) {
	const version = ui.newVersion;
	return html`
		${when(version, () => notice(t('notice.version', { version }), t('notice.reload'), act.reloadPage))}
		${when(ui.soundBlocked && ui.settings.volume, () => notice(t('notice.sound'), t('bar.unmute'), act.testSound))}`;
}
