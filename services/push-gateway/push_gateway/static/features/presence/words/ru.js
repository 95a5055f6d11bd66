/** Who else is in a chat, in Russian. */
export const WORDS = {
	presence: {
		typing: '{who} пишет…',
		viewing: 'смотрит {who}',
	},
};
