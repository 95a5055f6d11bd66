/** The player of voice messages, in English. */
export const WORDS = {
	voice: {
		failed: 'The recording did not open. Press again.',
		pause: 'Pause',
		place: 'Place in the recording',
		play: 'Listen',
	},
};
