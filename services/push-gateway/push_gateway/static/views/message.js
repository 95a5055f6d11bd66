/** One message as a bubble, and a reply on its way. */
import { clock, fullDate, oneLine, plain, span } from '../core/format.js';
import { KINDS, isBot, isDeletable, kindOf, preview, textOf } from '../core/messages.js';
import { LAZY, author, button, html, icon, lazy, names, nothing, tool, when } from './parts.js';

const FOLD_AT = 3000; // characters
const MAY_LINK = /https?:|www\./i;

const sentPicture = lazy(() => import('./media.js'), 'sentPicture', LAZY);
const voice = lazy(() => import('./media.js'), 'voice', LAZY);
const image = lazy(() => import('./media.js'), 'image', LAZY);
const links = lazy(() => import('./kinds.js'), 'links', { until: (app, words) => words });
const folded = lazy(() => import('./kinds.js'), 'folded', LAZY);
const rare = lazy(() => import('./kinds.js'), 'rare', LAZY);
const failure = lazy(() => import('./kinds.js'), 'failure', LAZY);

const stamp = (at, t) => html`<time title=${fullDate(at, t.lang)}>${clock(at, t.lang)}</time>`;

const mark = (name, words) => html`<span class="mark" role="img" aria-label=${words} title=${words}>${icon(name)}</span>`;

function readMark({ direction, read }, t) {
	if (direction !== 'out') return nothing;
	return read ? mark('checks', t('mark.read')) : mark('check', t('reply.sent'));
}

/** `joined`: the same author just before; then it stands closer and without a name. */
export function bubble(app, message, joined) {
	const { t } = app;
	const { id, direction, created, quote } = message;
	if (direction === 'system') return systemLine(app, message);
	const by = !joined && author(app, message);
	return html`
		<li class=${names(`bubble ${direction}`, { joined })} data-message-id=${id} data-key=${id}>
			${when(isDeletable(message, app.now()), () => tool('trash', t('delete.label'), () => app.do.askDelete(message), { className: 'tool erase' }))}
			<div class="shape">
				${when(by, () => html`<span class="author">${by}</span>`)}
				${when(quote, () => html`<blockquote class="quote"><bdi>${quoted(app, quote)}</bdi></blockquote>`)}
				${body(app, message)}
				<span class="foot">${stamp(created, t)}${when(kindOf(message) !== 'deleted', () => readMark(message, t))}</span>
			</div>
		</li>`;
}

/** A quote may hold no more than the id of what it quotes. */
function quoted({ t, thread }, quote) {
	const whole = quote.type || quote.content ? quote : thread().messages.find(({ id }) => id === plain(quote.id));
	return whole ? preview(whole, t) : t('type.quote');
}

function systemLine(app, message) {
	const { id, lead, created } = message;
	return html`
		<li class=${names('system', { lead })} data-message-id=${id} data-key=${id}>
			${when(lead || isBot(message), () => html`<span class="tag">${app.t(lead ? 'type.lead' : 'author.bot')}</span>`)}
			${body(app, message)}${stamp(created, app.t)}</li>`;
}

const MARKS = { sent: 'check', failed: 'warn', rejected: 'warn' };

export function reply(app, item) {
	const { t } = app;
	const { ref, state, at } = item;
	return html`
		<li class=${names('bubble out', { failed: MARKS[state] === 'warn' })} data-state=${state} data-key=${ref}>
			<div class="shape">
				${item.kind === 'image' ? sentPicture(app, item) : html`<p class="text" dir="auto">${item.text}</p>`}
				<span class="foot">${stamp(at, t)}${mark(MARKS[state] ?? 'clock', t(`reply.${state === 'rejected' ? 'failed' : state}`))}</span>
			</div>
			${MARKS[state] === 'warn' ? failure(app, item) : when(state !== 'sent', () => progress(app, item))}
		</li>`;
}

function progress(app, item) {
	const { t, replies } = app;
	const { state, reason } = item;
	const waited = app.now() - item.at;
	if (waited < 4 && !reason && state !== 'withdrawn') return nothing;
	return html`<p class="reply-line"><span>${reason ? oneLine(app.coded('trouble', item), 300) : t(`reply.${state}`)}
		${when(waited >= 4, () => t('reply.since', { ago: span(waited, t) }))}</span>
		${when(state !== 'sending' && state !== 'withdrawn', () => button(t('cancel'), () => replies.cancel(item)))}</p>`;
}

/** What is inside a bubble, with the words that came with it; the rarer kinds are drawn by kinds.js. */
export function body(app, message) {
	const kind = kindOf(message);
	const { view = kind, says, alone } = KINDS[kind];
	const words = !says && !alone && textOf(message);
	return [(VIEWS[view] ?? rare)(app, message), when(words, () => longText(app, words))];
}

export const paragraph = (inner) => html`<p class="text" dir="auto">${inner}</p>`;
export const linked = (app, text) => (MAY_LINK.test(text) ? links(app, text) : text);
export const longText = (app, text) => (text.length <= FOLD_AT ? paragraph(linked(app, text)) : folded(app, text, FOLD_AT));

function text(app, message) {
	const words = textOf(message);
	return words ? longText(app, words) : rare(app, message);
}

const VIEWS = { text, image, voice };
