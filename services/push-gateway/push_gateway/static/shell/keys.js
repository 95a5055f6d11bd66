/** Keyboard paths. Letters by their place, so that any layout works. */

const FILTERS = { Digit1: 'all', Digit2: 'unread', Digit3: 'unanswered', Digit4: 'mine', Digit5: 'free' };

function plainKey({ key, code, shiftKey }, actions) {
	if (key === '?' || (code === 'Slash' && shiftKey)) return () => actions.showDialog('help');
	if (shiftKey) return null;
	if (code in FILTERS) return () => actions.filter(FILTERS[code]);
	return { Slash: actions.focusSearch, KeyR: actions.focusComposer, KeyM: actions.toggleSound, KeyN: actions.openNote, KeyT: actions.takeOrLeave }[code];
}

const altKey = ({ code }, actions) =>
	({ ArrowDown: () => actions.step(1), ArrowUp: () => actions.step(-1), KeyW: actions.goToLongest })[code];

/** Whether a key belongs to an input method that is still at work; some browsers say so by the code alone. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export function listenToKeys(actions) {
	addEventListener('keydown', (event) => {
		if (event.defaultPrevented || isComposing(event) || document.querySelector('dialog[open]')) return;
		let act = null;
		if (event.ctrlKey || event.metaKey) act = event.code === 'KeyK' && !event.shiftKey && !event.altKey && actions.focusSearch;
		else if (event.key === 'Escape') act = () => actions.escape(event.target);
		else if (event.altKey) act = altKey(event, actions);
		else if (!event.target.closest('input, textarea, select')) act = plainKey(event, actions);
		if (!act) return;
		event.preventDefault();
		act();
	});
}
