/** What an operator does with colleagues in mind: takes a chat, gives it away, leaves a note. */

export function teamActions(app) {
	const use = (load, act) => load().then(act).catch(() => app.toast(app.t('error.unreachable'), true));
	const assigning = () => import('../team/assign.js');

	return {
		/** Takes the open chat when nobody has it, leaves an own one, else asks who is to have it. */
		takeOrLeave: () => use(assigning, ({ takeOrLeave }) => takeOrLeave(app)),
		chooseOwner: () => use(assigning, ({ chooseOwner }) => chooseOwner(app)),
		openNote: () => use(() => import('../team/desk.js'), ({ openDesk }) => openDesk(app, app.ui.chatId)),
	};
}
