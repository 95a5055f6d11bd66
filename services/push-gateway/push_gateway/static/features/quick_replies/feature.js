/** Quick replies in the composer: a list behind `/`, and a question before an unfilled placeholder leaves. */
import { tool } from '../../views/parts.js';

/** A place in braces, like `{item}`, that is to be filled in before an answer is sent. */
export const PLACEHOLDER = /\{\s*\p{L}[^{}\n]{0,40}\}/u;

export async function feature(app) {
	const open = { palette: null }; // `{chatId, bySlash}` while it is being fetched, then a Palette
	let unfilled = null; // the answer that is asked about
	await app.loadWords('features/quick_replies/words');

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
		tool: () => tool('quick', app.t('quick.open'), () => openPalette(false)),
		typed(chatId, text) {
			if (text === '/' && !app.draft(chatId)) openPalette(true);
		},
		above: (chatId) => open.palette?.chatId === chatId && open.palette.draw?.(),
		/** True for what is a search, not an answer, and for an answer with a placeholder until the operator is sure. */
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
		help: () => ['/', app.t('quick.help')],
		page: () => ['quick-replies', app.t('quick.title')],
	};
}
