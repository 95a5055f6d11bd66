/** What the owner chooses for everybody. */
import { html, live } from '../views/parts.js';

export function options(owner, { take_by_answering: taken }) {
	const { t } = owner;
	const choose = async ({ target: { checked } }) => {
		owner.data = { take_by_answering: checked };
		if (await owner.act('options', owner.data, t('done.saved'))) return;
		if (owner.part !== 'options') return;
		owner.data = { take_by_answering: taken }; // as it was
		owner.draw();
	};
	return html`
		<div class="box">
			<label class="tick"><input type="checkbox" name="take_by_answering" .checked=${live(taken)} @change=${choose}>
				<span>${t('options.take')}</span></label>
			<p class="quiet">${t('options.takeMore')}</p>
		</div>`;
}
