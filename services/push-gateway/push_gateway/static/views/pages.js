/** What the pages beside the panel share: forms, fields, moments, overlapping requests. */
import { backoff } from '../core/connection.js';
import { html } from './parts.js';

/** A submit handler: `send(FormData)` is called once until it ends; the form is emptied when it resolves to something. */
export const submit = (send) => async (event) => {
	event.preventDefault();
	const { target: form } = event;
	const fields = new FormData(form);
	const focused = form.contains(document.activeElement) && document.activeElement;
	hold(form, true); // neither sent twice nor written in: emptying it would take that away
	let sent = null;
	try {
		sent = await send(fields);
	} finally {
		hold(form, false);
		if (sent) form.reset();
		if (focused && document.activeElement === document.body) focused.focus();
	}
};

function hold(form, held) {
	for (const control of form.elements) control.disabled = held;
}

/** A moment in the reader's own words and time zone. */
export const moment = (at, t) =>
	at ? new Date(at * 1000).toLocaleString(t.lang, { dateStyle: 'short', timeStyle: 'short' }) : t.maybe('never');

export const field = (words, control) => html`<label><span>${words}</span>${control}</label>`;

/** A form that hands its fields to `send`, once at a time, and is emptied when that resolves to something. */
export const form = (words, fields, send) => html`
	<form class="box" @submit=${submit((filled) => send(Object.fromEntries(filled)))}>${fields}<button class="primary">${words}</button></form>`;

export const choice = (name, values, words) => html`
	<select name=${name}>${values.map((value) => html`<option value=${value}>${words(value)}</option>`)}</select>`;

/** No answer, or a proxy's in place of the gateway's. */
export const isAway = ({ status, code }) => !status || (status >= 500 && !code);

/** A page's first data: calls `read` until it resolves to anything but null. */
export async function first(read) {
	for (let tries = 0; (await read()) === null; tries += 1) {
		const pause = backoff(tries, Math.random(), { first: 2000, most: 30_000 });
		await new Promise((done) => setTimeout(done, pause));
	}
}

export class Latest {
	#turn = 0;

	/** Resolves or rejects as `work` does; resolves to undefined when later work was begun meanwhile. */
	async run(work) {
		this.#turn += 1;
		const turn = this.#turn;
		try {
			const answer = await work();
			return turn === this.#turn ? answer : undefined;
		} catch (error) {
			if (turn === this.#turn) throw error;
			return undefined;
		}
	}
}
