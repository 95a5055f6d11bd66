/** Quick replies as a CSV file: down, and up with a look before anything comes in. */
import { button, html, when } from '../../views/parts.js';
import { exportUrl } from './catalogue.js';

export const exchange = (desk) => html`
	<span class="exchange">
		<a class="plain" href=${exportUrl} download="quick-replies.csv">${desk.t('file.out')}</a>
		<label class="plain">${desk.t('file.in')}<input type="file" class="hidden" accept=".csv,text/csv" @change=${(event) => choose(event, desk)}></label>
	</span>`;

function choose({ target }, desk) {
	const [chosen] = target.files;
	target.value = ''; // the same file again is a change too
	if (chosen) desk.chooseFile(chosen);
}

/** What the chosen file would do, or what is wrong with it. */
export function looked(desk) {
	const { t, file: { name, problems, added, changed, unchanged } } = desk;
	return html`
		<section class="box looked" aria-label=${t('file.in')}>
			<p><b><bdi>${name}</bdi></b></p>
			${problems.length
				? html`<p class="trouble">${t('file.bad')}</p>
					<ul class="problems">${problems.map(({ line, why, message }) => html`
						<li>${t('file.line', { line })} ${t.maybe(`problem.${why}`) ?? message}</li>`)}</ul>`
				: html`<p>${t('file.would', { added, changed, unchanged })}</p><p class="quiet small">${t('file.keeps')}</p>`}
			<p class="deeds">
				${when(!problems.length && added + changed > 0, () => button(t('file.do'), () => desk.bringIn(), 'primary'))}
				${button(t('editor.cancel'), () => desk.dropFile())}
			</p>
		</section>`;
}
