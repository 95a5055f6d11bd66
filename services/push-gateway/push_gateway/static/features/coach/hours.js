/** Working hours and the automatic answer: all may read them, the owner changes them. */
import { submit } from '../../views/pages.js';
import { html } from '../../views/parts.js';

const ZONES = [
	'Europe/Kaliningrad', 'Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Novosibirsk',
	'Asia/Krasnoyarsk', 'Asia/Irkutsk', 'Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Magadan', 'Asia/Kamchatka',
];
const [MONDAY_MS, DAY_MS] = [Date.UTC(2024, 0, 1), 86_400_000];
const USUAL = ['09:00', '21:00'];

const dayName = (n, lang) =>
	new Intl.DateTimeFormat(lang, { weekday: 'long', timeZone: 'UTC' }).format(MONDAY_MS + n * DAY_MS);

export function hours(coach) {
	const { t, isOwner } = coach;
	return html`
		<section aria-labelledby="hours-title">
			<h2 id="hours-title">${t('hours.title')}</h2>
			<p class="quiet">${t('hours.why')}</p>
			${isOwner ? form(coach) : summary(coach)}
		</section>`;
}

function summary({ t, hours: { zone, days, automatic } }) {
	return html`
		<dl class="facts">${days.map((day, n) => html`<div><dt>${dayName(n, t.lang)}</dt><dd>${day ? day.join('–') : t('hours.closed')}</dd></div>`)}
			<div><dt>${t('hours.zone')}</dt><dd>${zone}</dd></div>
			<div><dt>${t('automatic.title')}</dt><dd>${automatic.enabled ? automatic.text : t('automatic.off')}</dd></div></dl>`;
}

function form(coach) {
	const { t } = coach;
	const { zone, days, automatic } = coach.hours;
	const zones = ZONES.includes(zone) ? ZONES : [zone, ...ZONES];
	return html`
		<form class="box hours" @submit=${submit((filled) => coach.saveHours(read(filled)))}>
			${days.map((day, n) => dayRow(day, n, t))}
			<label><span>${t('hours.zone')}</span><select name="zone">
				${zones.map((name) => html`<option value=${name} ?selected=${name === zone}>${name}</option>`)}</select></label>
			<h3>${t('automatic.title')}</h3>
			<p class="quiet">${t('automatic.why')}</p>
			<label class="tick"><input type="checkbox" name="enabled" ?checked=${automatic.enabled}><span>${t('automatic.enabled')}</span></label>
			<label><span>${t('automatic.text')}</span>
				<textarea name="text" maxlength="1000" rows="3" required .defaultValue=${automatic.text}></textarea></label>
			<button class="primary">${t('hours.save')}</button>
		</form>`;
}

function dayRow(day, n, t) {
	const [from, to] = day ?? USUAL;
	const name = dayName(n, t.lang);
	return html`
		<fieldset><legend class="hidden">${name}</legend>
			<label class="tick"><input type="checkbox" name=${`open${n}`} ?checked=${day !== null}><span>${name}</span></label>
			${time(`from${n}`, from, t('hours.from', { day: name }))}<span aria-hidden="true">–</span>${time(`to${n}`, to, t('hours.to', { day: name }))}
		</fieldset>`;
}

const time = (name, value, words) =>
	html`<input type="time" name=${name} .defaultValue=${value} required aria-label=${words}>`;

/** What the form says, in the words of the server. */
function read(form) {
	const days = [...Array(7).keys()].map((n) => (form.has(`open${n}`) ? [form.get(`from${n}`), form.get(`to${n}`)] : null));
	return { zone: form.get('zone'), days, automatic: { enabled: form.has('enabled'), text: form.get('text') } };
}
