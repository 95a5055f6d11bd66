/** Starts the panel: the chats first, then the events from that place on. */
import { App } from './app.js';
import { listenToKeys } from './shell/keys.js';
import { speak } from './shell/parts.js';
import { load, loadSettings, onSaved } from './shell/storage.js';

const AGES_EVERY_MS = 5000;

if (load('drafts', null) || load('replies', null)) { // of an earlier version; should this fail, the next start does it
	await import('./shell/takeover.js').then(({ takeOver }) => takeOver(), () => {});
}
const app = new App(document.getElementById('panel'), await speak(loadSettings().lang));

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

listenToKeys(app.do);
addEventListener('hashchange', followAddress);
addEventListener('focus', () => app.maybeRead());
document.addEventListener('visibilitychange', () => app.maybeRead());
addEventListener('beforeunload', (event) => {
	if (app.replies.holdsPictures() || app.holdsAttached()) event.preventDefault();
});
onSaved('settings', () => {
	app.ui.settings = loadSettings();
	app.applySettings();
});
setInterval(() => {
	app.replies.takeUp();
	app.schedule(); // words like "5 min" change; nothing is fetched
}, AGES_EVERY_MS);

const place = await app.reader.boot();
app.link.tell('start', place);
followAddress();
if (place) {
	app.replies.repost();
	app.reader.counts();
}
