/** The whole page: what quick replies are, a file, a new one, all there are. */
import { moment } from '../../owner/parts.js';
import { button, html, when } from '../../views/parts.js';
import { variables } from './placeholders.js';
import { byFolder } from './find.js';
import { editor } from './editor.js';
import { exchange, looked } from './file.js';

export function page(desk) {
	const { t, replies, trouble, done, busy, draft } = desk;
	return html`
		<header class="top"><h1>${t('page.title')}</h1><a href="./">${t('page.back')}</a></header>
		<main aria-busy=${String(busy)}>
			<p class="quiet">${t('page.how')}</p>
			<dl class="variables">${variables(t.lang).map(([variable, meaning]) => html`
				<div><dt><code>${variable}</code></dt><dd>${t(`variable.${meaning}`)}</dd></div>`)}
				<div><dt><code>${`{${t('variable.gapName')}}`}</code></dt><dd>${t('variable.gap')}</dd></div></dl>
			<p class="trouble" role="alert">${trouble}</p>
			<p class="done" role="status">${done}</p>
			${when(replies, () => html`
				<p class="deeds">${button(t('editor.add'), () => desk.edit(), 'primary add')}${exchange(desk)}</p>
				${when(desk.file, () => looked(desk))}
				${when(draft && !draft.id, () => editor(desk))}
				${list(desk)}`)}
			${when(!replies && !trouble, () => html`<p class="quiet">${t('page.loading')}</p>`)}
		</main>`;
}

function list(desk) {
	const { t, replies, found } = desk;
	if (!replies.length) return html`<p class="quiet">${t('list.none')}</p>`;
	return html`
		<label class="find"><span>${t('list.find')}</span>
			<input type="search" @input=${({ target }) => desk.search(target.value)}></label>
		${when(!found.length, () => html`<p class="quiet">${t('list.notFound')}</p>`)}
		${byFolder(inOrder(replies, found)).map((group) => folder(desk, group))}`;
}

/** Found ones keep their places in the list, so that each folder stands there once. */
function inOrder(replies, found) {
	const kept = new Set(found);
	return replies.filter((reply) => kept.has(reply));
}

const folder = (desk, { folder: name, replies }) => html`
	<section data-folder=${name}>
		<h2><bdi>${name || desk.t('list.noFolder')}</bdi></h2>
		<ul class="rows">${replies.map((reply) => row(desk, reply))}</ul>
	</section>`;

function row(desk, reply) {
	const { t, draft } = desk;
	if (draft?.id === reply.id) return html`<li>${editor(desk)}</li>`;
	return html`
		<li class="box" data-name=${reply.name}>
			<p class="who"><b><bdi>${reply.name}</bdi></b> <span class="quiet small">${t('list.by', { by: reply.by, at: moment(reply.at, t) })}</span></p>
			<p class="deeds">
				${button(t('list.edit'), () => desk.edit(reply))}
				${button(t('list.remove'), () => desk.remove(reply))}
			</p>
			<p class="words">${reply.text}</p>
		</li>`;
}
