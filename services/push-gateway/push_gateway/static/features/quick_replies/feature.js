/** Quick replies: a list behind `/`, a question before an unfilled placeholder leaves. */
import { tool } from '../../views/parts.js';

const NAMES = {
	ru: { page: 'Быстрые ответы', button: 'Быстрые ответы (/)', help: 'быстрые ответы (в пустом поле ответа)' },
	en: { page: 'Quick replies', button: 'Quick replies (/)', help: 'quick replies (in an empty answer)' },
};

/** A place in braces, like `{item}`, to be filled in. */
export const PLACEHOLDER = /\{\s*\p{L}[^{}\n]{0,40}\}/u;

export function feature(app) {
	const open = { palette: null }; // or `{chatId, bySlash}` while it is fetched
	let unfilled = null; // the answer that is asked about
	const name = (what) => NAMES[app.t.lang][what];

	function openPalette(bySlash) {
		const { chatId } = app.ui;
		if (open.palette?.chatId === chatId && !open.palette.failed) return;
		const opening = (open.palette = { chatId, bySlash });
		import('./palette.js').then((palette) => palette.openPalette(app, chatId, bySlash, open)).catch((error) => {
			opening.failed = true;
			app.failed(error);
		});
	}

	return {
		tool: () => tool('quick', name('button'), () => openPalette(false)),
		typed(chatId, text, before) {
			if (text === '/' && !before && chatId === app.ui.chatId) openPalette(true);
		},
		above: (chatId) => open.palette?.chatId === chatId && open.palette.draw?.(),
		/** True for a search, and for a placeholder until the operator is sure. */
		holds(chatId, text, sure) {
			const { palette } = open;
			if (palette?.chatId === chatId && palette.bySlash !== false && text.startsWith('/')) {
				openPalette(true);
				return true;
			}
			if (sure || !PLACEHOLDER.test(text)) return false;
			unfilled = { chatId, text };
			app.use(import('./placeholders.js'), 'askAboutUnfilled', unfilled);
			return true;
		},
		question: (chatId, text) => unfilled?.chatId === chatId && unfilled.text === text && unfilled.draw?.(),
		sent() {
			unfilled = null;
		},
		help: () => ['/', name('help')],
		page: () => ['quick-replies', name('page')],
	};
}
