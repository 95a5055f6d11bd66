/** What is noticed outside the page, and which of several tabs rings. */

/** Calls back once this tab is the one that rings: the first of all open ones, then the next. */
export function whenChosenToRing(callback) {
	if (!navigator.locks) return callback(); // plain http on a LAN: every tab rings
	navigator.locks.request('avito-live-bell', () => {
		callback();
		return new Promise(() => {}); // held for as long as the tab lives
	});
}

export const askToNotify = async () =>
	'Notification' in window && (await Notification.requestPermission()) === 'granted';

/** One notification per `tag`, the newest; a click focuses the panel and calls back. */
export function notify(title, options, onClick) {
	if (!('Notification' in window) || Notification.permission !== 'granted') return;
	try {
		const notification = new Notification(title, { ...options, renotify: true, silent: true });
		notification.onclick = () => {
			window.focus();
			notification.close();
			onClick();
		};
	} catch {
		// Phones allow notifications from service workers only.
	}
}

export function showCount(count) {
	document.title = `${count ? `(${count > 99 ? '99+' : count}) ` : ''}Avito Live`;
	navigator.setAppBadge?.(count).catch(() => {}); // not installed as an app
}
