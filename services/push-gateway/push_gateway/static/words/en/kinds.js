/** Rarer kinds of messages, in English. */
export const WORDS = {
	location: {
		map: 'Show on a map',
	},
	type: {
		unknownNamed: 'A message of kind “{type}”, not known to this panel',
	},
};
