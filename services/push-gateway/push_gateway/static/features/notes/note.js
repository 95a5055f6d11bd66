/** A note in the thread: nothing of it is like a message. */
import { oneLine, fullDate, rowTime } from '../../core/format.js';
import { html, icon, tool, when } from '../../views/parts.js';
import { removeNote } from './composer.js';

export function note(app, one) {
	const { t, session } = app;
	const mayRemove = one.by === session.hello?.operator || document.documentElement.dataset.role === 'owner';
	return html`
		<li class="note" data-note-id=${one.id} data-key=${`note ${one.id}`}>
			<p class="note-label">${icon('note')}${t('note.label')}</p>
			<p class="text" dir="auto">${one.text}</p>
			<p class="foot"><bdi>${oneLine(one.by, 40)}</bdi>
				<time title=${fullDate(one.at, t.lang)}>${rowTime(one.at, app.now(), t)}</time>
				${when(mayRemove, () => tool('trash', t('removeNote.label'), () => app.do.showDialog({ ask: 'removeNote', act: () => removeNote(app, one) })))}</p>
		</li>`;
}
