/** The first minutes of a panel, in English. */
export const WORDS = {
	welcome: {
		demo: 'This is the demo',
		demoHow: 'The buyers are made up. The first one writes soon.',
		empty: 'Buyers will appear here',
		emptyHow: 'If the account is not connected, three steps are left:',
		importing: 'Loading the latest chats',
		imported: '{done} of {total}. New messages come in all the while.',
		step1: 'Put the Avito keys into',
		step2: 'Turn the webhook on:',
		step3: 'Check everything:',
		then: 'The first message appears here by itself.',
	},
};
