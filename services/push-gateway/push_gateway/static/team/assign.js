/** Taking, giving and leaving chats. The chat itself follows as an event. */
import { request } from '../shell/gateway.js';

/** Gives the chat to `owner` (null: nobody), unless somebody was quicker. */
export async function assign(app, { id, owner: was = null }, owner) {
	await app.learn('team');
	try {
		await request(`api/chats/${encodeURIComponent(id)}/owner`, {}, { owner, was });
	} catch (error) {
		if (error.code !== 'taken') return app.failed(error);
		const who = error.facts.owner;
		app.toast(who ? app.t('giveChat.taken', { who }) : app.t('giveChat.left'), true);
		app.reader.thread(id);
	}
	app.changed();
}

export function takeOrLeave(app) {
	const chat = app.state.chats.get(app.ui.chatId);
	const me = app.session.hello?.operator;
	if (!chat || !me) return null;
	if (chat.owner && chat.owner !== me) return chooseOwner(app);
	return assign(app, chat, chat.owner ? null : me);
}

/** Asks who is to have the open chat: oneself, a colleague or nobody. */
export async function chooseOwner(app) {
	await app.learn('team');
	const chat = app.state.chats.get(app.ui.chatId);
	const me = app.session.hello?.operator;
	if (!chat || !me) return;
	const choices = [me, ...app.colleagues.filter((name) => name !== me), ''].filter((name) => name !== chat.owner);
	const namesOf = (name) => (name === me ? app.t('giveChat.me') : name || app.t('giveChat.nobody'));
	app.do.showDialog({ ask: 'giveChat', mild: true, choices, namesOf, act: (name) => assign(app, chat, name || null) });
}
