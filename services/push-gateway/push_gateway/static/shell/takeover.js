/** Takes over what earlier versions remembered for all operators together: it is the first one's who comes. */
import { operator } from './gateway.js';
import { draft, load, save, setDraft } from './storage.js';

const OLD_TABS_LIVE_S = 7 * 86_400; // one that is open still writes all that it knows, again and again

export function takeOver() {
	if (!operator()) return;
	const { at, drafts: taken } = load('taken-over', { at: Date.now() / 1000, drafts: {} });
	const isOver = Date.now() / 1000 - at > OLD_TABS_LIVE_S;
	const drafts = load('drafts', {});
	if (!isOver) for (const [place, text] of Object.entries(drafts)) {
		// What was taken over once has been sent or changed since: it must not come back.
		if (text !== taken[place] && !draft(place)) setDraft(place, text);
	}
	save('drafts', null);
	for (const reply of load('replies', [])) {
		const by = reply.by ?? operator();
		const name = `reply/${by}/${reply.ref}`;
		if (load(name, null) === null) save(name, { ...reply, by });
	}
	save('replies', null);
	save('taken-over', { at, drafts: isOver ? {} : { ...taken, ...drafts } });
}
