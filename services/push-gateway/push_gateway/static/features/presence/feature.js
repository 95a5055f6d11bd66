/** Who else is in a chat; colleagues are told where this operator is. */
import { oneLine } from '../../core/format.js';

const TYPING_EVERY_MS = 3000;

export async function feature(app) {
	const signs = new Map(); // chat id → who is viewing, who is typing
	let said = { chatId: null, at: 0 };
	await app.loadWords('features/presence/words');

	return {
		event({ type, chat_id: chatId, viewing, typing }) {
			if (type === 'presence') signs.set(chatId, { viewing, typing });
		},
		connected: () => signs.clear(),
		forgotten: () => signs.clear(),
		opened: (chatId) => app.link.tell('say', 'viewing', chatId),
		typed(chatId) {
			const now = performance.now();
			if (said.chatId === chatId && now - said.at < TYPING_EVERY_MS) return;
			said = { chatId, at: now };
			app.link.tell('say', 'typing', chatId);
		},
		/** Without a live link it is not known. */
		busy(chatId) {
			if (app.light().live !== 'live') return null;
			for (const sign of ['typing', 'viewing']) {
				const others = (signs.get(chatId)?.[sign] ?? []).filter((name) => name !== app.session.hello?.operator);
				if (others.length) return app.t(`presence.${sign}`, { who: oneLine(others.join(', '), 80) });
			}
			return null;
		},
	};
}
