/** Notes for colleagues: a button and a key; the rest is fetched with the first note. */
import { loadStyle } from '../../shell/gateway.js';
import { tool } from '../../views/parts.js';

const AGAIN_MS = 3000;
const NAMES = {
	ru: { button: 'Заметка для коллег (N)', help: 'заметка для коллег' },
	en: { button: 'A note for colleagues (N)', help: 'a note for colleagues' },
};

export function feature(app) {
	let notes = null;
	let loading = null;
	const name = (what) => NAMES[app.t.lang][what];

	async function load() {
		const [{ Notes }] = await Promise.all([
			import('./notes.js'), app.loadWords('features/notes/words'), loadStyle('features/notes/notes.css'),
		]);
		notes ??= new Notes(app);
	}

	/** Nothing that has come is lost. */
	async function whenLoaded(act) {
		while (!notes) {
			loading ??= load().finally(() => {
				loading = null;
			});
			await loading.catch(() => new Promise((resolve) => setTimeout(resolve, AGAIN_MS)));
		}
		act();
		app.schedule();
	}

	function open() {
		const { chatId } = app.ui;
		return load().then(() => notes.open(chatId), app.failed);
	}

	const openComposer = () => notes?.composer(app.ui.chatId);

	return {
		event(event) {
			if (event.type === 'note') whenLoaded(() => notes.put(event));
		},
		threadLoaded(chatId, answer) {
			if (notes || answer.notes?.length) whenLoaded(() => notes.load(chatId, answer));
		},
		forgotten: () => notes?.forgetStamps(),
		lines: (thread) => notes?.lines(thread),
		tool: () => tool('note', name('button'), open),
		composer: () => openComposer()?.draw(),
		keyAction: (code) => code === 'KeyN' && open,
		help: () => ['N', name('help')],
		escape() {
			const composer = openComposer();
			composer?.leave();
			return composer;
		},
	};
}
