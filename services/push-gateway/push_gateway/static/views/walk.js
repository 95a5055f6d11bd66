/** From chat to chat by the keyboard. */

/** To the chat so many rows below the open one. */
export function step(app, by) {
	const chats = app.visibleChats();
	const at = chats.findIndex(({ id }) => id === app.ui.chatId);
	const next = chats[at < 0 ? 0 : at + by];
	if (next) app.goTo(next.id);
}

export function goToLongest(app) {
	const waiting = [...app.state.chats.values()].filter((chat) => chat.unanswered_since !== null);
	const [first] = waiting.sort((a, b) => a.unanswered_since - b.unanswered_since);
	if (first) app.goTo(first.id);
}
