/** Desktop notifications. */
import { buyerName } from '../core/format.js';
import { preview } from '../core/messages.js';
import { BASE } from './gateway.js';

const ICON = new URL('static/icon.svg', BASE).href;

export const askToNotify = async () =>
	'Notification' in window && (await Notification.requestPermission()) === 'granted';

/** One notification a chat, of its newest message; a click focuses the panel and opens the chat. */
export function notify(app, chat, message) {
	if (!('Notification' in window) || Notification.permission !== 'granted') return;
	const title = buyerName(chat, app.t);
	const body = preview(message, app.t);
	try {
		const notification = new Notification(title, { body, tag: chat.id, icon: ICON, renotify: true, silent: true });
		notification.onclick = () => {
			window.focus();
			notification.close();
			app.goTo(chat.id);
		};
	} catch {
		// Phones allow notifications from service workers only.
	}
}
