/** The page of quick replies: a list by folder, a form for one of them, a CSV file down and up. */
import { moment } from '../../views/pages.js';
import { button, html, live, names, when } from '../../views/parts.js';
import { byFolder, exportUrl } from './catalogue.js';
import { variables } from './placeholders.js';

export function view(page) {
	const { t, replies, trouble, done, busy, draft } = page;
	return html`
		<header class="top"><h1>${t('page.title')}</h1><a href="./">${t('page.back')}</a></header>
		<main aria-busy=${String(busy)}>
			<p class="quiet">${t('page.how')}</p>
			<dl class="variables">${variables(t.lang).map(([variable, meaning]) => html`
				<div><dt><code>${variable}</code></dt><dd>${t(`variable.${meaning}`)}</dd></div>`)}
				<div><dt><code>${`{${t('variable.placeholderName')}}`}</code></dt><dd>${t('variable.placeholder')}</dd></div></dl>
			<p class="trouble" role="alert">${trouble}</p>
			<p class="done" role="status">${done}</p>
			${when(replies, () => html`
				<p class="deeds">${button(t('editor.add'), () => page.edit(), 'primary add')}${exchange(page)}</p>
				${when(page.file, () => looked(page))}
				${when(draft && !draft.id, () => editor(page))}
				${list(page)}`)}
			${when(!replies && !trouble, () => html`<p class="quiet">${t('page.loading')}</p>`)}
		</main>`;
}

function list(page) {
	const { t, replies, found } = page;
	if (!replies.length) return html`<p class="quiet">${t('list.none')}</p>`;
	return html`
		<label class="find"><span>${t('list.find')}</span>
			<input type="search" @input=${({ target }) => page.search(target.value)}></label>
		${when(!found.length, () => html`<p class="quiet">${t('list.notFound')}</p>`)}
		${byFolder(inOrder(replies, found)).map((group) => folder(page, group))}`;
}

/** Found ones keep their places in the list, so that each folder stands there once. */
function inOrder(replies, found) {
	const kept = new Set(found);
	return replies.filter((reply) => kept.has(reply));
}

const folder = (page, { folder: name, replies }) => html`
	<section data-folder=${name}>
		<h2><bdi>${name || page.t('list.noFolder')}</bdi></h2>
		<ul class="rows">${replies.map((reply) => row(page, reply))}</ul>
	</section>`;

function row(page, reply) {
	const { t, draft } = page;
	if (draft?.id === reply.id) return html`<li>${editor(page)}</li>`;
	return html`
		<li class="box" data-name=${reply.name}>
			<p class="who"><b><bdi>${reply.name}</bdi></b> <span class="quiet small">${t('list.by', { by: reply.by, at: moment(reply.at, t) })}</span></p>
			<p class="deeds">
				${button(t('list.edit'), () => page.edit(reply))}
				${button(t('list.remove'), () => page.remove(reply))}
			</p>
			<p class="words">${reply.text}</p>
		</li>`;
}

const exchange = (page) => html`
	<span class="exchange">
		<a class="plain" href=${exportUrl} download="quick-replies.csv">${page.t('file.out')}</a>
		<label class="plain">${page.t('file.in')}<input type="file" class="hidden" accept=".csv,text/csv" @change=${(event) => choose(event, page)}></label>
	</span>`;

function choose({ target }, page) {
	const [chosen] = target.files;
	target.value = ''; // the same file again is a change too
	if (chosen) page.chooseFile(chosen);
}

/** What the chosen file would do, or what is wrong with it. */
function looked(page) {
	const { t, file: { name, problems, added, changed, unchanged } } = page;
	return html`
		<section class="box looked" aria-label=${t('file.in')}>
			<p><b><bdi>${name}</bdi></b></p>
			${problems.length
				? html`<p class="trouble">${t('file.bad')}</p>
					<ul class="problems">${problems.map(({ line, why, message }) => html`
						<li>${t('file.line', { line })} ${t.maybe(`problem.${why}`) ?? message}</li>`)}</ul>`
				: html`<p>${t('file.would', { added, changed, unchanged })}</p><p class="quiet small">${t('file.keeps')}</p>`}
			<p class="deeds">
				${when(!problems.length && added + changed > 0, () => button(t('file.do'), () => page.bringIn(), 'primary'))}
				${button(t('editor.cancel'), () => page.dropFile())}
			</p>
		</section>`;
}

const LONGEST_NAME = 100;
const LONGEST_TEXT = 1000;

function editor(page) {
	const { t, draft, theirs, replies, busy } = page;
	const folders = [...new Set(replies.map(({ folder }) => folder))].filter(Boolean);
	const length = Array.from(draft.text).length;
	const type = ({ target }) => page.write(target.name, target.value);
	return html`
		<form class="box editor" @submit=${(event) => send(event, page)}>
			<label><span>${t('editor.name')}</span>
				<input name="name" maxlength=${LONGEST_NAME} required autocomplete="off" .value=${live(draft.name)} @input=${type}></label>
			<label><span>${t('editor.folder')}</span>
				<input name="folder" maxlength=${LONGEST_NAME} list="folders" autocomplete="off" .value=${live(draft.folder)} @input=${type}></label>
			<datalist id="folders">${folders.map((folder) => html`<option value=${folder}></option>`)}</datalist>
			<label><span>${t('editor.text')}</span>
				<textarea name="text" rows="5" required .value=${live(draft.text)} @input=${type}></textarea></label>
			<p class="chips">${variables(t.lang).map(([variable, meaning]) =>
				html`<button type="button" class="plain" title=${t(`variable.${meaning}`)} @click=${(event) => insert(event, page, variable)}>${variable}</button>`)}
				<span class=${names('quiet small', { trouble: length > LONGEST_TEXT })}>${length} / ${LONGEST_TEXT}</span></p>
			${when(theirs, () => html`<div class="theirs"><p><b>${t('editor.theirs', { by: theirs.by })}</b></p><p class="words">${theirs.text}</p></div>`)}
			<p class="deeds"><button class="primary" ?disabled=${busy || length > LONGEST_TEXT}>${t(theirs ? 'editor.replace' : 'editor.save')}</button>
				${button(t('editor.cancel'), () => page.cancel())}</p>
		</form>`;
}

function send(event, page) {
	event.preventDefault();
	if (!page.busy) page.save();
}

/** Puts a variable where the caret is. */
function insert({ target }, page, variable) {
	const field = target.closest('form').elements.text;
	field.setRangeText(variable, field.selectionStart, field.selectionEnd, 'end');
	page.write('text', field.value);
	field.focus();
}
