/** What the page of quick replies holds and does; the views draw it. */
import { BASE } from '../../shell/gateway.js';
import { Latest, isAway } from '../../views/pages.js';
import { render } from '../../views/parts.js';
import { bringIn, everything, find, look, removeOne, saveOne } from './catalogue.js';
import { view } from './views.js';

/** A file larger than the server takes is not even sent. */
const MOST_BYTES = 5 * 1024 * 1024;
const FIELDS = ['folder', 'name', 'text'];

export class QuickRepliesPage {
	#looks = new Latest();

	/** `root`: where the page is drawn; `t`: its words. */
	constructor(root, t) {
		Object.assign(this, { root, t, replies: null, query: '', trouble: '', done: '', busy: false });
		this.closeEditor();
		this.file = null;
	}

	get found() {
		return find(this.replies ?? [], this.query);
	}

	get isDirty() {
		const { draft, begun } = this;
		return Boolean(draft) && FIELDS.some((field) => draft[field] !== begun[field]);
	}

	/** Reads the list again; resolves to whether it could. */
	load = () => this.attempt(async () => {
		this.replies = await everything();
		return true;
	});

	search(query) {
		this.query = query;
		this.draw();
	}

	/** Opens the form for one reply, or an empty one in a folder. */
	edit(reply = { folder: '', name: '', text: '' }) {
		if (this.isDirty && !confirm(this.t('editor.loseAsk'))) return;
		Object.assign(this, { draft: { ...reply }, begun: reply, theirs: null, trouble: '', done: '' });
		this.draw();
		this.root.querySelector('.editor [name=name]').focus();
	}

	closeEditor() {
		Object.assign(this, { draft: null, begun: null, theirs: null });
	}

	cancel() {
		this.closeEditor();
		this.draw();
	}

	write(field, value) {
		this.draft[field] = value;
		this.draw();
	}

	async save() {
		const { draft, t } = this;
		const sent = { ...draft };
		const saved = await this.attempt(() => saveOne(sent));
		if (!saved) {
			await this.#rebase();
			return;
		}
		const isOpen = this.draft === draft;
		if (isOpen && FIELDS.some((field) => draft[field] !== sent[field])) this.#goOn(draft, saved);
		else if (isOpen) this.closeEditor();
		await this.load();
		this.say(t(sent.id ? 'done.changed' : 'done.added', { name: saved.name }));
	}

	/** What was typed while it was being saved stays, as the next change of what is saved now. */
	#goOn(draft, saved) {
		Object.assign(draft, { id: saved.id, version: saved.version });
		Object.assign(this, { begun: saved, theirs: null });
	}

	/** After a lost race: what is written stays in the form, what a colleague made of it is shown beside it. */
	async #rebase() {
		const { code, trouble, draft } = this;
		if (code !== 'changed' && code !== 'unknown_quick_reply') return;
		if (!(await this.load())) return;
		this.theirs = this.replies.find(({ id }) => id === draft.id) ?? null;
		draft.version = this.theirs?.version;
		if (!this.theirs) delete draft.id; // saved again it becomes a new one
		this.trouble = trouble;
		this.draw();
	}

	async remove(reply) {
		if (!confirm(this.t('list.removeAsk', { name: reply.name }))) return;
		const gone = await this.attempt(() => removeOne(reply));
		const { trouble } = this;
		if (!(await this.load())) return;
		if (gone) this.say(this.t('done.removed', { name: reply.name }));
		else this.complain(trouble);
	}

	/** Asks the server what the file would do; nothing comes in yet. */
	async chooseFile(file) {
		this.file = null;
		if (file.size > MOST_BYTES) {
			this.complain(this.t('refused.too_large'));
			return;
		}
		await this.#look(file.name, await file.arrayBuffer());
	}

	async #look(name, body) {
		const seen = await this.attempt(() => this.#looks.run(() => look(body)));
		if (seen !== undefined) this.file = seen && { name, body, ...seen };
		this.draw();
	}

	async bringIn() {
		const { name, body, tag } = this.file;
		const counts = await this.attempt(() => bringIn(body, tag));
		if (!counts) {
			const { code, trouble } = this;
			if (code !== 'changed') return;
			await this.#look(name, body); // what it would do now
			this.complain(trouble);
			return;
		}
		this.file = null;
		await this.load();
		this.say(this.t('done.broughtIn', counts));
	}

	dropFile() {
		this.file = null;
		this.draw();
	}

	async attempt(work) {
		Object.assign(this, { busy: true, trouble: '', code: '', done: '' });
		this.draw();
		try {
			return await work();
		} catch (error) {
			if (error.status === 401) location.assign(new URL('login', BASE));
			this.code = error.code;
			this.trouble = this.wordsFor(error);
			return null;
		} finally {
			this.busy = false;
			this.draw();
		}
	}

	wordsFor(error) {
		return isAway(error) ? this.t('refused.unreachable') : this.t.maybe(`refused.${error.code}`) ?? error.message;
	}

	say(done) {
		this.done = done;
		this.draw();
	}

	complain(trouble) {
		this.trouble = trouble;
		this.draw();
	}

	draw() {
		render(view(this), this.root);
	}
}
