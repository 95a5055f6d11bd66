/** Working together, in English. */
export const WORDS = {
	giveChat: {
		left: 'Nobody has this chat any more.',
		me: 'Me',
		nobody: 'Nobody',
		taken: '{who} has this chat already.',
		title: 'Who has this chat?',
		words: 'All colleagues will see it, the buyer never learns of it.',
		yes: 'Give',
	},
	hurry: {
		avito: 'Somebody has just answered from Avito. Send one more?',
		by: '{who} is answering here already. Send one more?',
		keep: 'Keep the draft',
		send: 'Send',
	},
	note: {
		keys: 'Esc: back to the answer',
		label: 'Note, the buyer will not see it',
		leave: 'Back to the answer',
		placeholder: 'A note for colleagues',
		save: 'Save the note',
	},
	removeNote: {
		label: 'Remove the note',
		title: 'Remove this note?',
		words: 'It will be gone for all colleagues, for good.',
		yes: 'Remove',
	},
	row: {
		owner: '{who} has this chat',
	},
	whose: {
		me: 'Mine',
		take: 'Take',
		title: 'Who has this chat',
	},
};
