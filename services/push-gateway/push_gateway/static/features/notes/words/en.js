/** Notes, in English. */
export const WORDS = {
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
};
