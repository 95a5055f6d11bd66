/** Small parts that the owner's views share. */
import { submit } from '../views/form.js';
import { html } from '../views/parts.js';

/** A moment in the reader's own words and time zone. */
export const moment = (at, t) =>
	at ? new Date(at * 1000).toLocaleString(t.lang, { dateStyle: 'short', timeStyle: 'short' }) : t('never');

export const field = (words, control) => html`<label><span>${words}</span>${control}</label>`;

/** A form that hands its fields to `send`, once at a time, and is emptied when that resolves to something. */
export const form = (words, fields, send) => html`
	<form class="box" @submit=${submit((filled) => send(Object.fromEntries(filled)))}>${fields}<button class="primary">${words}</button></form>`;

export const choice = (name, values, words) => html`
	<select name=${name}>${values.map((value) => html`<option value=${value}>${words(value)}</option>`)}</select>`;
