/** Starts the panel: plugs the features in, reads the chats, then follows the events. */
import { App } from './app.js';
import { FEATURES } from './features/index.js';
import { loadWords } from './shell/gateway.js';
import { load, loadSettings, onSaved } from './shell/storage.js';
import { warmUp } from './views/page.js';
import { isComposing } from './views/parts.js';

const AGES_EVERY_MS = 5000;
const FILTERS = { Digit1: 'all', Digit2: 'unread', Digit3: 'unanswered', Digit4: 'mine', Digit5: 'free' };

if (load('drafts', null) || load('replies', null)) { // of an earlier version
	await import('./shell/takeover.js').then(({ takeOver }) => takeOver(), () => {});
}
const app = new App(document.getElementById('panel'), await loadWords(loadSettings().lang), FEATURES);

function followAddress() {
	const match = /^#\/chat\/(.+)$/.exec(location.hash);
	let chatId = null;
	try {
		chatId = match ? decodeURIComponent(match[1]) : null;
	} catch {
		// Not an address of ours: no chat is open.
	}
	app.show(chatId);
}

// Letters are told by their place on the keyboard, so that any layout works.
function plainKey({ key, code, shiftKey }) {
	const act = app.do;
	if (key === '?' || (code === 'Slash' && shiftKey)) return () => act.showDialog('help');
	if (shiftKey) return null;
	if (code in FILTERS) return () => act.filter(FILTERS[code]);
	const own = { Slash: act.focusSearch, KeyR: act.focusComposer, KeyM: act.toggleSound, KeyT: act.takeOrLeave };
	return own[code] ?? app.fromFeature('keyAction', code);
}

const altKey = ({ code }) =>
	({ ArrowDown: () => app.do.step(1), ArrowUp: () => app.do.step(-1), KeyW: app.do.goToLongest })[code];

addEventListener('keydown', (event) => {
	if (event.defaultPrevented || isComposing(event) || document.querySelector('dialog[open]')) return;
	let act = null;
	if (event.ctrlKey || event.metaKey) act = event.code === 'KeyK' && !event.shiftKey && !event.altKey && app.do.focusSearch;
	else if (event.key === 'Escape') act = () => app.do.escape(event.target);
	else if (event.altKey) act = altKey(event);
	else if (!event.target.closest('input, textarea, select')) act = plainKey(event);
	if (!act) return;
	event.preventDefault();
	act();
});
addEventListener('hashchange', followAddress);
addEventListener('focus', () => app.reader.maybeMarkRead());
document.addEventListener('visibilitychange', () => app.reader.maybeMarkRead());
addEventListener('beforeunload', (event) => {
	if (app.replies.holdsPictures() || app.holdsAttached()) event.preventDefault();
});
onSaved('settings', () => {
	app.ui.settings = loadSettings();
	app.applySettings();
});
setInterval(() => {
	app.replies.takeUp();
	app.link.tell('tick'); // words like "5 min" change, or the machine has slept; nothing is fetched
}, AGES_EVERY_MS);

const place = await app.reader.boot();
app.link.tell('start', place);
followAddress();
if (place) {
	app.replies.repost();
	app.reader.counts();
}
warmUp(app);
