/** Who else is in a chat, in English. */
export const WORDS = {
	presence: {
		typing: '{who} is typing…',
		viewing: '{who} is here',
	},
};
