/** What the operator should do about the page, in English. */
export const WORDS = {
	notice: {
		reload: 'Reload',
		sound: 'The browser keeps silent so far.',
		version: 'Version {version} is here. Drafts are kept.',
	},
};
