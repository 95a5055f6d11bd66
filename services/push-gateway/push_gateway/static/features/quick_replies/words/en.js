/** Choosing a quick reply, in English. */
export const WORDS = {
	placeholder: {
		anyway: 'Send as it is',
		unfilled: 'Not filled in: {placeholder}. Nothing was sent yet.',
	},
	quick: {
		edit: 'Edit the list',
		find: 'Find a quick reply',
		keys: '↑ ↓: choose, Enter: insert, Esc: close',
		loading: 'Loading…',
		more: { one: 'And {n} more: type on', other: 'And {n} more: type on' },
		noFolder: 'Without a folder',
		none: 'No quick replies yet. Make the first: “Edit the list”.',
		notFound: 'Nothing found.',
		title: 'Quick replies',
	},
};
