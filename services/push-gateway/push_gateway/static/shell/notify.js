/** Desktop notifications. */

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
