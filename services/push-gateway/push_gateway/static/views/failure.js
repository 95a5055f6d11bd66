/** Below an answer that was not sent: why, and what may be done. */
import { oneLine } from '../core/format.js';
import { edit, retry } from '../shell/unsent.js';
import { button, html, when } from './parts.js';

export function failure(app, item) {
	const { t, do: act, replies } = app;
	const local = item.state === 'rejected';
	const change = () => {
		edit(app, item);
		act.focusComposer();
	};
	return html`<p class="reply-line trouble"><span>${t('reply.failed')}. ${oneLine(app.coded(local ? 'refused' : 'trouble', item), 300)}</span>
		${when(local || item.retryable, () => button(t('again'), () => retry(app, item)))}
		${when(item.kind === 'text', () => button(t('reply.edit'), change))}
		${when(local, () => button(t('reply.drop'), () => replies.drop(item)))}</p>`;
}
